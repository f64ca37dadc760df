"""The operation that workers ask of each other, signed with the group's session key."""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import Response

from rowtide.runtime.herder.group import Group
from rowtide.runtime.herder.session_keys import is_valid, read_signature
from rowtide.runtime.rest.api import Api
from rowtide.runtime.rest.bodies import task_config_list
from rowtide.runtime.rest.errors import HttpError
from rowtide.runtime.rest.http import Call, Route, empty_response
from rowtide.runtime.storage.snapshot import SessionKey

STANDALONE = "Kafka Connect in standalone mode does not support externally setting task configurations."


class InternalHandlers:
    def __init__(self, api: Api, session_key: Callable[[], SessionKey | None], *, standalone: bool = False) -> None:
        self._standalone = standalone
        self._api = api
        self._session_key = session_key

    def routes(self) -> list[Route]:
        return [Route("POST", "/connectors/{connector}/tasks", self.put_tasks, consumes=True)]

    async def put_tasks(self, call: Call) -> Response:
        if self._standalone:
            raise HttpError(500, STANDALONE)
        name = call.params["connector"]
        signature = read_signature(call.headers)
        check_signature(self._api.services.herder.group, self._session_key(), call.body, signature)
        configs = task_config_list(call.json())
        action = lambda: self._api.services.requests.put_task_configs(name, configs)  # noqa: E731
        elsewhere = await self._api.herder(action, f"writing the task configurations of connector {name}")
        if elsewhere is not None:
            return await self._api.forward(call, ["connectors", name, "tasks"], elsewhere)
        return empty_response(204)


def check_signature(group: Group, key: SessionKey | None, body: bytes, signature: bytes | None) -> None:
    """Raises HttpError unless the body is signed as the group's protocol wants it."""
    if not group.sessioned:
        return
    if signature is None:
        raise HttpError(400, "Internal request missing required signature")
    if key is None:
        message = (
            "This worker is still starting up and has not been able to read a session key from the config topic yet"
        )
        raise HttpError(503, message)
    if not is_valid(key, body, signature):
        raise HttpError(403, "Internal request contained invalid signature.")
