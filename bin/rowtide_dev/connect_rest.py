"""A client of Kafka Connect's REST interface, for a Java worker and for ours alike."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import requests

from rowtide_dev.errors import DevError

REQUEST_TIMEOUT_S = 95  # a worker answers by itself after 90
RETRY_S = 0.3


class ConnectRest:
    """Calls raise DevError with the worker's own words when it refuses."""

    def __init__(self, url: str) -> None:
        self.url = url

    def put_config(self, name: str, config: dict[str, str]) -> None:
        self._call("PUT", f"/connectors/{name}/config", json=config)

    def delete(self, name: str) -> None:
        self._call("DELETE", f"/connectors/{name}")

    def stop(self, name: str) -> None:
        self._call("PUT", f"/connectors/{name}/stop")

    def resume(self, name: str) -> None:
        self._call("PUT", f"/connectors/{name}/resume")

    def restart_task(self, name: str, task: int = 0) -> None:
        self._call("POST", f"/connectors/{name}/tasks/{task}/restart")

    def connectors(self) -> list[str]:
        found: list[str] = self._call("GET", "/connectors").json()
        return found

    def offsets(self, name: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._call("GET", f"/connectors/{name}/offsets").json()["offsets"]
        return found

    def status(self, name: str) -> dict[str, Any]:
        """The status; empty while there is none yet, which is so for a moment after the connector was made."""
        answer = requests.get(f"{self.url}/connectors/{name}/status", timeout=REQUEST_TIMEOUT_S)
        if answer.status_code == 404:
            return {}
        self._check(answer)
        found: dict[str, Any] = answer.json()
        return found

    def task_state(self, name: str, task: int = 0) -> str:
        """The state of a task; empty while it has none."""
        states = [entry["state"] for entry in self.status(name).get("tasks", []) if entry["id"] == task]
        return str(states[0]) if states else ""

    def failure(self, name: str) -> str:
        """Why the connector or one of its tasks failed; empty when none did."""
        status = self.status(name)
        parts = [status.get("connector", {}), *status.get("tasks", [])]
        return "\n".join(str(part.get("trace")) for part in parts if part.get("state") == "FAILED")

    def wait_until(self, name: str, condition: Callable[[], bool], what: str, timeout_s: float) -> None:
        """Wait for something that the connector does.

        Raises:
            DevError: it failed, or the time is over.
        """
        deadline = time.monotonic() + timeout_s
        while not condition():
            if failure := self.failure(name):
                raise DevError(f"{self.url}: {name} failed: {failure[:3000]}")
            if time.monotonic() > deadline:
                raise DevError(f"{self.url}: {name}: not {what} after {timeout_s:.0f} s; status {self.status(name)}")
            time.sleep(RETRY_S)

    def _call(self, method: str, path: str, **options: Any) -> requests.Response:
        """One request; "409, a rebalance is going on" is asked again for a while, as every client of Connect has to."""
        deadline = time.monotonic() + 30
        while True:
            answer = requests.request(method, self.url + path, timeout=REQUEST_TIMEOUT_S, **options)
            if answer.status_code != 409 or time.monotonic() > deadline:
                self._check(answer)
                return answer
            time.sleep(RETRY_S)

    def _check(self, answer: requests.Response) -> None:
        if not answer.ok:
            request = answer.request
            raise DevError(f"{request.method} {request.url} answered {answer.status_code}: {answer.text[:2000]}")
