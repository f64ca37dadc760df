"""A way to a broker that sees each request: the base of proxies that misbehave."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading

HOST = "127.0.0.1"
PRODUCE = 0


def _exactly(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = connection.recv(size - len(data))
        if not more:
            raise ConnectionError("closed")
        data += more
    return data


def framed(data: bytes) -> bytes:
    return struct.pack(">i", len(data)) + data


def api_key(request: bytes) -> int:
    return int(struct.unpack_from(">h", request)[0])


class Link:
    """A client's connection with the broker's. Answers are given by two threads: the broker's, and the proxy's own."""

    def __init__(self, client: socket.socket, broker_port: int) -> None:
        self._client = client
        self._broker = socket.create_connection((HOST, broker_port))
        self._writing = threading.Lock()
        self._answered = threading.Event()
        self._held = False

    def hold_answers(self) -> None:
        """From now on what the broker answers goes nowhere."""
        self._held = True

    def wait_for_answer(self) -> None:
        """Until the broker has answered what is held back."""
        self._answered.wait(30)

    def request(self, timeout_s: float | None = None) -> bytes:
        """The client's next request. Raises TimeoutError, OSError."""
        self._client.settimeout(timeout_s)
        try:
            return frame(self._client)
        finally:
            self._client.settimeout(None)

    def pass_on(self, request: bytes) -> None:
        self._broker.sendall(framed(request))

    def answer(self, data: bytes) -> None:
        if self._held:
            self._answered.set()
            return
        with self._writing:
            self._client.sendall(framed(data))

    def broker_answer(self) -> bytes:
        return frame(self._broker)

    def cut(self) -> None:
        for side in (self._client, self._broker):
            with contextlib.suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)
            side.close()


def frame(connection: socket.socket) -> bytes:
    return _exactly(connection, struct.unpack(">i", _exactly(connection, 4))[0])


class BrokerProxy:
    """Passes requests on; subclasses do something else with some. Answers name the proxy's address as the broker's."""

    def __init__(self, broker_port: int, port: int = 0) -> None:
        """`port`: where it listens; 0 for any."""
        self._broker_port = broker_port
        self._listener = socket.create_server((HOST, port))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def on_request(self, link: Link, request: bytes) -> None:
        link.pass_on(request)

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            link = Link(client, self._broker_port)
            for side in (self._requests, self._answers):
                threading.Thread(target=side, args=(link,), daemon=True).start()

    def _requests(self, link: Link) -> None:
        try:
            while True:
                self.on_request(link, link.request())
        except OSError:
            link.cut()

    def _answers(self, link: Link) -> None:
        theirs, ours = (HOST.encode() + struct.pack(">i", port) for port in (self._broker_port, self.port))
        try:
            while True:
                link.answer(link.broker_answer().replace(theirs, ours))
        except OSError:
            link.cut()
