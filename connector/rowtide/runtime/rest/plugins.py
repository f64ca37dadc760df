"""Operations on plugins: which there are, their options, and the validation of configurations."""

from __future__ import annotations

from starlette.responses import Response

from rowtide.config.definition import ConfigDef
from rowtide.errors import BadRequestError, NotFoundError
from rowtide.runtime.plugins import PluginKind, PluginRegistry
from rowtide.runtime.rest.api import Api
from rowtide.runtime.rest.bodies import config_map
from rowtide.runtime.rest.http import Call, Route, json_response
from rowtide.runtime.validation.chains import CONVERTER_TYPE
from rowtide.runtime.validation.options import framework_options
from rowtide.runtime.validation.report import key_to_json

_LISTED = (
    PluginKind.SOURCE,
    PluginKind.TRANSFORMATION,
    PluginKind.PREDICATE,
    PluginKind.CONVERTER,
    PluginKind.HEADER_CONVERTER,
)


class PluginHandlers:
    def __init__(self, api: Api, registry: PluginRegistry) -> None:
        self._api = api
        self._registry = registry

    def routes(self) -> list[Route]:
        one = "/connector-plugins/{plugin}/config"
        return [
            Route("GET", "/connector-plugins", self.list_all, early=True),
            Route("GET", one, self.options, early=True),
            Route("PUT", f"{one}/validate", self.validate, consumes=True, early=True),
        ]

    async def list_all(self, call: Call) -> Response:
        connectors_only = "connectorsOnly" not in call.query or call.flag("connectorsOnly")
        kinds = (PluginKind.SOURCE,) if connectors_only else _LISTED
        plugins = [plugin for kind in kinds for plugin in self._registry.of_kind(kind)]
        return json_response([{"class": p.java_class, "type": p.kind.value, "version": p.version} for p in plugins])

    async def options(self, call: Call) -> Response:
        name = call.params["plugin"]
        plugin = self._registry.find_any(name)
        if plugin is None or plugin.kind is PluginKind.CONFIG_PROVIDER:
            raise NotFoundError(f"Unknown plugin {name}.")
        definition = plugin.config_def()
        if plugin.kind is PluginKind.SOURCE:
            definition = definition.merged(framework_options(self._registry, version=plugin.version))
        elif plugin.kind in (PluginKind.CONVERTER, PluginKind.HEADER_CONVERTER):
            definition = ConfigDef([CONVERTER_TYPE]).merged(definition)
        return json_response([key_to_json(key) for key in definition if not key.internal])

    async def validate(self, call: Call) -> Response:
        config = config_map(call.json())
        _check_type(config.get("connector.class"), call.params["plugin"])
        config = self._api.services.views.unmasked(config.get("name"), config)
        report = await self._api.pool(lambda: self._api.services.validator.validate(config))
        return json_response(report.to_json())


def _check_type(included: str | None, requested: str) -> None:
    """The class must end with the name in the path, both without `Connector` at their end."""
    if included is not None and not included.removesuffix("Connector").endswith(requested.removesuffix("Connector")):
        raise BadRequestError(f"Included connector type {included} does not match request type {requested}")
