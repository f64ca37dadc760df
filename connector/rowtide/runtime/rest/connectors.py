"""Operations on connectors and their tasks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from starlette.responses import Response

from rowtide.runtime.herder.group import Elsewhere
from rowtide.runtime.herder.requests import ConnectorChange, Written
from rowtide.runtime.rest.api import Api
from rowtide.runtime.rest.bodies import CreateRequest, config_map, create_request, with_name
from rowtide.runtime.rest.errors import HttpError
from rowtide.runtime.rest.http import Call, Route, created_response, empty_response, json_response
from rowtide.runtime.storage.snapshot import RestartRequest

T = TypeVar("T")


class ConnectorHandlers:
    def __init__(self, api: Api, *, track_topics: bool, reset_topics: bool) -> None:
        self._api = api
        self._requests = api.services.requests
        self._views = api.services.views
        self._track_topics = track_topics
        self._reset_topics = reset_topics

    def routes(self) -> list[Route]:
        one = "/connectors/{connector}"
        return [
            Route("GET", "/connectors", self.list_all),
            Route("POST", "/connectors", self.create, consumes=True),
            Route("GET", one, self.info),
            Route("DELETE", one, self.delete),
            Route("GET", f"{one}/config", self.config),
            Route("PUT", f"{one}/config", self.put_config, consumes=True),
            Route("PATCH", f"{one}/config", self.patch_config, consumes=True),
            Route("GET", f"{one}/status", self.status),
            Route("POST", f"{one}/restart", self.restart),
            Route("PUT", f"{one}/pause", self.pause),
            Route("PUT", f"{one}/resume", self.resume),
            Route("PUT", f"{one}/stop", self.stop),
            Route("GET", f"{one}/tasks", self.tasks),
            Route("GET", f"{one}/tasks/{{task}}/status", self.task_status),
            Route("POST", f"{one}/tasks/{{task}}/restart", self.restart_task),
            Route("GET", f"{one}/topics", self.topics),
            Route("PUT", f"{one}/topics/reset", self.reset_topics),
        ]

    async def list_all(self, call: Call) -> Response:
        wanted = call.query.get("expand")
        if wanted is None:
            return json_response(self._views.names())
        return json_response(self._views.expanded(info="info" in wanted, status="status" in wanted))

    async def create(self, call: Call) -> Response:
        request: CreateRequest = create_request(call.json())
        return await self._put(call, ["connectors"], request.name, request.config, request.target_state, replace=False)

    async def put_config(self, call: Call) -> Response:
        name = call.params["connector"]
        config = with_name(config_map(call.json()), name)
        return await self._put(call, ["connectors", name, "config"], name, config, None, replace=True)

    async def patch_config(self, call: Call) -> Response:
        name = call.params["connector"]
        patch = self._views.unmasked(name, config_map(call.json()))
        segments = ["connectors", name, "config"]
        patched = await self._api.herder(lambda: self._requests.patched(name, patch), f"patching connector {name}")
        if isinstance(patched, Elsewhere):
            return await self._api.forward(call, segments, patched)
        return await self._put(call, segments, name, with_name(patched, name), None, replace=True)

    async def _put(
        self,
        call: Call,
        segments: list[str],
        name: str,
        config: Mapping[str, str | None],
        target_state: str | None,
        *,
        replace: bool,
    ) -> Response:
        validator = self._api.services.validator
        config = self._views.unmasked(name, config)
        report = await self._api.pool(lambda: validator.validate(config))
        change = ConnectorChange(name, config, report, target_state, replace)
        put: Callable[[], Written | Elsewhere] = lambda: self._requests.put_connector(  # noqa: E731 - typed
            change, validator.connector_type
        )
        outcome = await self._api.herder(put, f"writing the configuration of connector {name}")
        if isinstance(outcome, Elsewhere):
            return await self._api.forward(call, segments, outcome)
        if outcome.created:
            return created_response(outcome.info, call.base_url, name)
        return json_response(outcome.info)

    async def info(self, call: Call) -> Response:
        return json_response(self._views.info(call.params["connector"]))

    async def config(self, call: Call) -> Response:
        return json_response(self._views.config(call.params["connector"]))

    async def status(self, call: Call) -> Response:
        return json_response(self._views.status(call.params["connector"]))

    async def tasks(self, call: Call) -> Response:
        return json_response(self._views.tasks(call.params["connector"]))

    async def task_status(self, call: Call) -> Response:
        return json_response(self._views.task_status(call.params["connector"], call.number("task")))

    async def delete(self, call: Call) -> Response:
        name = call.params["connector"]
        return await self._led(
            call, ["connectors", name], lambda: self._requests.delete_connector(name), f"deleting connector {name}"
        )

    async def stop(self, call: Call) -> Response:
        name = call.params["connector"]
        segments = ["connectors", name, "stop"]
        return await self._led(
            call, segments, lambda: self._requests.stop_connector(name), f"stopping connector {name}"
        )

    async def pause(self, call: Call) -> Response:
        return await self._set_state(call, "PAUSED")

    async def resume(self, call: Call) -> Response:
        return await self._set_state(call, "STARTED")

    async def _set_state(self, call: Call, state: str) -> Response:
        name = call.params["connector"]
        action = lambda: self._requests.set_target_state(name, state)  # noqa: E731
        await self._api.herder(action, f"writing the target state of connector {name}")
        return empty_response(202)

    async def restart(self, call: Call) -> Response:
        name = call.params["connector"]
        segments = ["connectors", name, "restart"]
        request = RestartRequest(name, call.flag("includeTasks"), call.flag("onlyFailed"))
        if not (request.include_tasks or request.only_failed):
            return await self._led(
                call,
                segments,
                lambda: self._requests.restart_connector(name),
                f"restarting connector {name}",
                settled=True,
            )
        action = lambda: self._requests.restart_with_plan(request)  # noqa: E731
        plan = await self._api.settled(action, f"restarting connector {name} and its tasks")
        if isinstance(plan, Elsewhere):
            return await self._api.forward(call, segments, plan)
        return json_response(plan, 202)

    async def restart_task(self, call: Call) -> Response:
        name, task = call.params["connector"], call.number("task")
        segments = ["connectors", name, "tasks", str(task), "restart"]
        return await self._led(
            call,
            segments,
            lambda: self._requests.restart_task(name, task),
            f"restarting task {name}-{task}",
            settled=True,
        )

    async def topics(self, call: Call) -> Response:
        if not self._track_topics:
            raise HttpError(403, "Topic tracking is disabled.")
        return json_response(self._views.topics(call.params["connector"]))

    async def reset_topics(self, call: Call) -> Response:
        if not self._track_topics:
            raise HttpError(403, "Topic tracking is disabled.")
        if not self._reset_topics:
            raise HttpError(403, "Topic tracking reset is disabled.")
        self._views.forget_topics(call.params["connector"])
        return empty_response(202)

    async def _led(
        self,
        call: Call,
        segments: list[str],
        action: Callable[[], Elsewhere | None],
        stage: str,
        *,
        settled: bool = False,
    ) -> Response:
        """Runs what ends in 204, here or elsewhere; `settled` for what cannot be done while a rebalance is due."""
        elsewhere = await (self._api.settled if settled else self._api.herder)(action, stage)
        if elsewhere is not None:
            return await self._api.forward(call, segments, elsewhere)
        return empty_response(204)
