"""A way to a broker that refuses one request: the first one to a partition, which its leader doesn't know yet."""

from __future__ import annotations

import socket
import struct
import threading

_HOST = "127.0.0.1"
_PRODUCE = 0
_NOT_LEADER_OR_FOLLOWER = 6
_SECOND_S = 0.5


def _exactly(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = connection.recv(size - len(data))
        if not more:
            raise ConnectionError("closed")
        data += more
    return data


def _frame(connection: socket.socket) -> bytes:
    return _exactly(connection, struct.unpack(">i", _exactly(connection, 4))[0])


def _framed(data: bytes) -> bytes:
    return struct.pack(">i", len(data)) + data


class RefusingProxy:
    """Once armed, it keeps the next produce request until another one follows it or half a second is over, and refuses
    it; everything else is passed on.

    Attributes:
        followed: whether a second request was sent before the first was answered; None until one was refused.
    """

    def __init__(self, broker_port: int) -> None:
        self._broker_port = broker_port
        self._listener = socket.create_server((_HOST, 0))
        self.port: int = self._listener.getsockname()[1]
        self._armed = threading.Event()
        self.followed: bool | None = None
        threading.Thread(target=self._accept, daemon=True).start()

    def arm(self) -> None:
        self._armed.set()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        broker = socket.create_connection((_HOST, self._broker_port))
        writing = threading.Lock()
        threading.Thread(target=self._answers, args=(client, broker, writing), daemon=True).start()
        try:
            while True:
                request = _frame(client)
                if self._armed.is_set() and self.followed is None and struct.unpack_from(">h", request)[0] == _PRODUCE:
                    self._refuse(request, client, broker, writing)
                else:
                    broker.sendall(_framed(request))
        except OSError:
            broker.close()

    def _answers(self, client: socket.socket, broker: socket.socket, writing: threading.Lock) -> None:
        """Passes answers on; the broker's address becomes the proxy's."""
        theirs, ours = (_HOST.encode() + struct.pack(">i", port) for port in (self._broker_port, self.port))
        try:
            while True:
                answer = _frame(broker).replace(theirs, ours)
                with writing:
                    client.sendall(_framed(answer))
        except OSError:
            client.close()

    def _refuse(self, request: bytes, client: socket.socket, broker: socket.socket, writing: threading.Lock) -> None:
        self.followed = False
        client.settimeout(_SECOND_S)
        try:
            second: bytes | None = _frame(client)
        except TimeoutError:
            second = None
        client.settimeout(None)
        self.followed = second is not None
        with writing:
            client.sendall(_framed(_refusal(request)))
        if second is not None:
            broker.sendall(_framed(second))


def _refusal(request: bytes) -> bytes:
    """The answer to a produce request of version 9 to 12 for one partition (https://kafka.apache.org/protocol)."""
    _, version, correlation, client_id = struct.unpack_from(">hhih", request)
    assert 9 <= version <= 12, f"produce requests of version {version} are not known here"
    # After the client's id: tagged fields, no transactional id, acks, timeout, the number of topics.
    at = 10 + max(client_id, 0) + 1 + 1 + 2 + 4 + 1
    name_end = at + request[at]
    (partition,) = struct.unpack_from(">i", request, name_end + 1)
    refused = struct.pack(">ihqqq", partition, _NOT_LEADER_OR_FOLLOWER, -1, -1, -1) + b"\x01\x00\x00"
    return struct.pack(">ix", correlation) + b"\x02" + request[at:name_end] + b"\x02" + refused + bytes(1 + 4 + 1)
