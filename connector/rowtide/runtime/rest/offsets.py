"""Operations on the stored offsets of a connector."""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import Response

from rowtide.runtime.herder.group import Elsewhere
from rowtide.runtime.rest.api import Api
from rowtide.runtime.rest.bodies import offset_changes
from rowtide.runtime.rest.http import Call, Route, json_response
from rowtide.runtime.storage.snapshot import Config


class OffsetHandlers:
    def __init__(self, api: Api) -> None:
        self._api = api

    def routes(self) -> list[Route]:
        path = "/connectors/{connector}/offsets"
        return [
            Route("GET", path, self.show),
            Route("PATCH", path, self.alter, consumes=True),
            Route("DELETE", path, self.reset),
        ]

    async def show(self, call: Call) -> Response:
        name = call.params["connector"]
        return json_response(await self._api.pool(lambda: self._api.services.views.offsets(name)))

    async def alter(self, call: Call) -> Response:
        name = call.params["connector"]
        changes = offset_changes(call.json())
        editor = self._api.services.offsets
        return await self._edit(call, lambda config: editor.alter(name, config, changes))

    async def reset(self, call: Call) -> Response:
        name = call.params["connector"]
        editor = self._api.services.offsets
        return await self._edit(call, lambda config: editor.reset(name, config))

    async def _edit(self, call: Call, edit: Callable[[Config], str]) -> Response:
        name = call.params["connector"]
        check = lambda: self._api.services.requests.check_may_alter_offsets(name)  # noqa: E731
        config = await self._api.settled(check, f"modifying the offsets of connector {name}")
        if isinstance(config, Elsewhere):
            return await self._api.forward(call, ["connectors", name, "offsets"], config)
        return json_response({"message": await self._api.pool(lambda: edit(config))})
