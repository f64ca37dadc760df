"""The connectors of a standalone worker: what its command line names, as Kafka Connect reads such files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from rowtide.config.properties import parse_properties
from rowtide.connect.json_text import loads
from rowtide.errors import BadRequestError, ConfigError, DataError
from rowtide.runtime.rest.bodies import CreateRequest, config_map, create_request

_REQUEST_FIELDS = ("name", "config", "initial_state")


def read_connector(path: str) -> CreateRequest:
    """A properties file, or JSON: a configuration, or the body of a request that creates a connector.

    Raises:
        ConfigError: the file cannot be read, or names no connector.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"Could not read the connector configuration {path}: {error}") from error
    try:
        body = loads(text.encode())
    except DataError:
        body = None
    if isinstance(body, Mapping):
        return _of_json(body, path)
    return _named(dict(parse_properties(text, source=path)), path)


def _of_json(body: Mapping[str, object], path: str) -> CreateRequest:
    try:
        if not isinstance(body.get("config"), Mapping):
            return _named(config_map(body), path)
        return create_request({name: body[name] for name in _REQUEST_FIELDS if name in body})
    except BadRequestError as error:
        raise ConfigError(f"Connector configuration at '{path}': {error}") from error


def _named(config: Mapping[str, str | None], path: str) -> CreateRequest:
    name = config.get("name")
    if not name:
        raise ConfigError(f"Connector configuration at '{path}' is missing the mandatory 'name' configuration")
    return CreateRequest(name, dict(config), None)
