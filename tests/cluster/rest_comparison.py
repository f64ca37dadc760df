"""Asks two workers the same and makes their answers comparable."""

from __future__ import annotations

import re
import time
from typing import Any

import requests

from tests.cluster.rest_sequence import Step

_TIMEOUT_S = 95
_WAIT_S = 60
_RESTART_S = 2
_HEADERS = ("Content-Type", "Location", "Allow")


def ask(url: str, step: Step) -> dict[str, Any]:
    """The answer without what belongs to this worker alone; a 409 because of a rebalance is asked again."""
    deadline = time.monotonic() + _WAIT_S
    body, headers = step.data()
    while True:
        answer = requests.request(step.method, url + step.path, data=body, headers=headers, timeout=_TIMEOUT_S)
        momentary = answer.status_code in (409, 500) and "rebalance" in answer.text
        if not momentary or time.monotonic() > deadline:
            break
        time.sleep(0.2)
    if "includeTasks" in step.path or "onlyFailed" in step.path:
        time.sleep(_RESTART_S)  # the states of before are those of afterwards
    for name, states in step.then.items():
        _await(lambda: _states(url, name) == states, f"{name} in {states}: {_states(url, name)}")  # noqa: B023
    if step.topics:
        path = f"{url}/connectors/{step.topics}/topics"
        _await(lambda: requests.get(path, timeout=_TIMEOUT_S).json()[step.topics]["topics"], f"{step.topics} written")
    if step.gone:
        _await(lambda: _get(url, step.gone).status_code == 404, f"{step.gone} gone")
    shown = {name: answer.headers[name] for name in _HEADERS if name in answer.headers}
    return _normalized({"status": answer.status_code, "headers": shown, "body": _body(answer)}, url)


def _await(condition: Any, what: str) -> None:
    deadline = time.monotonic() + _WAIT_S
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not {what}")
        time.sleep(0.1)


def _get(url: str, name: str) -> requests.Response:
    return requests.get(f"{url}/connectors/{name}/status", timeout=_TIMEOUT_S)


def _states(url: str, name: str) -> tuple[str, ...]:
    answer = _get(url, name)
    if answer.status_code != 200:
        return ()
    status = answer.json()
    return (status["connector"]["state"], *(task["state"] for task in status["tasks"]))


def _body(answer: requests.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return answer.text


def _normalized(value: Any, url: str) -> Any:
    if isinstance(value, str):
        return re.sub(r"\d+\.\d+\.\d+\.\d+:\d+", "WORKER", value.replace(url, "http://WORKER"))
    if isinstance(value, list):
        return [_normalized(each, url) for each in value]
    if isinstance(value, dict):
        return {name: _normalized(each, url) for name, each in value.items()}
    return value


def differences(theirs: Any, ours: Any, path: str = "") -> list[str]:
    """Where two answers differ, one line each."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        found = [f"{path}: keys {list(theirs)} | {list(ours)}"] if set(theirs) != set(ours) else []
        return found + [
            d for key in theirs if key in ours for d in differences(theirs[key], ours[key], f"{path}.{key}")
        ]
    if isinstance(theirs, list) and isinstance(ours, list):
        if len(theirs) != len(ours):
            return [f"{path}: {len(theirs)} | {len(ours)} items: {_short(theirs)} | {_short(ours)}"]
        return [d for i, pair in enumerate(zip(theirs, ours, strict=True)) for d in differences(*pair, f"{path}[{i}]")]
    return [] if theirs == ours else [f"{path}: {_short(theirs)} | {_short(ours)}"]


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 300 else text[:300] + "..."
