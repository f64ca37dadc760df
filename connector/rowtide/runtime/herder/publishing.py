"""Brings the task configurations that a local connector made into the config topic, through the leader."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote

from rowtide.connect.json_text import dumps
from rowtide.errors import ConnectError, RowtideError
from rowtide.runtime.herder.group import Group
from rowtide.runtime.herder.mailbox import Mailbox
from rowtide.runtime.herder.session_keys import signature_headers
from rowtide.runtime.herder.task_configs import must_publish, put_placeholders_back
from rowtide.runtime.storage.config import ConfigStore
from rowtide.runtime.storage.snapshot import SessionKey
from rowtide.runtime.worker_client import WorkerClient

log = logging.getLogger(__name__)

FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 60.0
SEND_S = 30.0


class Owner(Protocol):
    """What publishing asks of the herder."""

    @property
    def group(self) -> Group: ...

    def owns_connector(self, name: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class _Attempt:
    connector: str
    configs: Sequence[dict[str, str]]
    number: int

    @property
    def pause_s(self) -> float:
        return min(FIRST_PAUSE_S * (1 << min(self.number, 16)), LONGEST_PAUSE_S)


class TaskConfigPublisher:
    """Runs on the herder's thread; requests to another worker go through a pool. Tries again until it succeeds.

    A newer set for the same connector replaces one that waits.
    """

    def __init__(
        self, configs: ConfigStore, owner: Owner, mailbox: Mailbox, pool: Executor, client: WorkerClient
    ) -> None:
        self._client = client
        self._configs = configs
        self._owner = owner
        self._mailbox = mailbox
        self._pool = pool
        self._waiting: dict[str, _Attempt] = {}

    def publish(self, connector: str, made: Sequence[dict[str, str]]) -> None:
        """Publishes what the connector made, if it differs from what is in force."""
        snapshot = self._configs.snapshot()
        raw = snapshot.connectors.get(connector)
        if raw is None or snapshot.target_state(connector) == "STOPPED":
            return
        configs = put_placeholders_back(made, raw)
        current = [_present(config) for config in snapshot.all_task_configs(connector)]
        self._waiting.pop(connector, None)
        if must_publish(configs, current, raw, snapshot.applied_configs.get(connector)):
            self._try(_Attempt(connector, configs, 0))

    def _try(self, attempt: _Attempt) -> None:
        self._waiting[attempt.connector] = attempt
        group = self._owner.group
        if group.is_leader:
            try:
                self._configs.put_task_configs(attempt.connector, attempt.configs)
            except RowtideError as error:
                self._again(attempt, error)
            else:
                self._waiting.pop(attempt.connector, None)
        elif group.leader_url is None:
            self._again(attempt, "no leader is known")
        else:
            key = self._configs.snapshot().session_key if group.sessioned else None
            send: Callable[[], None] = lambda: send_task_configs(  # noqa: E731 - typed
                self._client, group.leader_url or "", attempt.connector, attempt.configs, key
            )
            future = self._pool.submit(send)
            future.add_done_callback(lambda done: self._mailbox.post(lambda: self._sent(attempt, done.exception())))

    def _sent(self, attempt: _Attempt, error: BaseException | None) -> None:
        if error is not None:
            self._again(attempt, error)
        elif self._waiting.get(attempt.connector) is attempt:
            del self._waiting[attempt.connector]

    def _again(self, attempt: _Attempt, problem: object) -> None:
        log.warning("the task configs of connector %s could not be published yet: %s", attempt.connector, problem)

        def retry() -> None:
            still_wanted = self._waiting.get(attempt.connector) is attempt
            if still_wanted and self._owner.owns_connector(attempt.connector):
                self._try(_Attempt(attempt.connector, attempt.configs, attempt.number + 1))

        self._mailbox.post(retry, delay_s=attempt.pause_s, stage="publishing task configs")


def send_task_configs(
    client: WorkerClient, leader_url: str, connector: str, configs: Sequence[dict[str, str]], key: SessionKey | None
) -> None:
    """Posts the configurations to the leader, signed when a key is given.

    Raises:
        ConnectError: the leader refused them.
        REQUEST_ERRORS: it did not answer.
    """
    body = dumps(list(configs))
    headers = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "kafka-connect"}
    if key is not None:
        headers |= signature_headers(key, body)
    url = f"{leader_url}connectors/{quote(connector, safe='')}/tasks"
    answer = client.request("POST", url, body, headers, SEND_S)
    if not 200 <= answer.status < 300:
        raise ConnectError(f"the leader at {leader_url} answered {answer.status}")


def _present(config: object) -> dict[str, str]:
    return {k: v for k, v in dict(config).items() if v is not None}  # type: ignore[call-overload]
