"""Operations on log levels, of this worker or, through the config topic, of all."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from starlette.responses import Response

from rowtide.errors import BadRequestError, NotFoundError
from rowtide.runtime.loggers import LoggerLevels, is_level
from rowtide.runtime.rest.api import Api
from rowtide.runtime.rest.http import Call, Route, empty_response, json_response


class LoggerHandlers:
    def __init__(self, api: Api, levels: LoggerLevels, tell_all: Callable[[str, str], None]) -> None:
        """`tell_all` writes a logger's level for all workers; it blocks."""
        self._api = api
        self._levels = levels
        self._tell_all = tell_all

    def routes(self) -> list[Route]:
        return [
            Route("GET", "/admin/loggers", self.list_all, early=True),
            Route("GET", "/admin/loggers/{logger}", self.show, early=True),
            Route("PUT", "/admin/loggers/{logger}", self.set_level, consumes=True),
        ]

    async def list_all(self, call: Call) -> Response:
        return json_response({name: level.to_json() for name, level in self._levels.all().items()})

    async def show(self, call: Call) -> Response:
        name = call.params["logger"]
        level = self._levels.get(name)
        if level is None:
            raise NotFoundError(f"Logger {name} not found.")
        return json_response(level.to_json())

    async def set_level(self, call: Call) -> Response:
        name, body = call.params["logger"], call.json()
        level = body.get("level") if isinstance(body, Mapping) else None
        if level is None:
            raise BadRequestError("Desired 'level' parameter was not specified in request.")
        if not isinstance(level, str) or not is_level(level):
            raise NotFoundError(f"invalid log level '{level}'.")
        if call.query.get("scope", ["worker"])[0].lower() == "cluster":
            await self._api.pool(lambda: self._tell_all(name, level.upper()))
            return empty_response(204)
        return json_response(self._levels.set(name, level))
