"""Reads the bodies of requests. Malformed ones are the client's mistake: 400, where Kafka Connect answers 500."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rowtide.errors import BadRequestError

_STATES = {"RUNNING": "STARTED", "PAUSED": "PAUSED", "STOPPED": "STOPPED"}
_CREATE_FIELDS = {"name", "config", "initial_state"}

_BLANKS = "".join(map(chr, range(ord(" ") + 1)))
"""What Java takes off both ends of a text: blanks and everything below."""

NO_OFFSETS = "Partitions / offsets need to be provided for an alter offsets request"


@dataclass(frozen=True, slots=True)
class CreateRequest:
    """`config` holds the name. `target_state` is None when the request does not say one."""

    name: str
    config: dict[str, str | None]
    target_state: str | None


OffsetChange = tuple[dict[str, object], dict[str, object] | None]
"""Source partition, and its new offset or None to delete it."""


def create_request(body: object) -> CreateRequest:
    if not isinstance(body, Mapping):
        raise BadRequestError("The request must be a JSON object with the keys name and config.")
    unknown = sorted(set(body) - _CREATE_FIELDS)
    if unknown:
        raise BadRequestError(f'Unrecognized field "{unknown[0]}", known are name, config and initial_state.')
    name = body.get("name")
    if name is not None and not isinstance(name, str):
        raise BadRequestError("The field name must be a string.")
    name = (name or "").strip(_BLANKS)
    return CreateRequest(
        name, with_name(config_map(body.get("config")), name), _target_state(body.get("initial_state"))
    )


def _target_state(text: object) -> str | None:
    if text is None:
        return None
    state = _STATES.get(text.upper()) if isinstance(text, str) else None
    if state is None:
        raise BadRequestError("The field initial_state must be one of RUNNING, PAUSED, STOPPED.")
    return state


def config_map(body: object) -> dict[str, str | None]:
    """A flat map of strings; numbers and booleans become text, null stays for validation to refuse."""
    if not isinstance(body, Mapping):
        raise BadRequestError("A connector's configuration must be a JSON object with a text for each option.")
    return {str(name): _scalar(str(name), value) for name, value in body.items()}


def _scalar(name: str, value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    raise BadRequestError(f"The value of {name} must be a text, a number or a boolean.")


def with_name(config: dict[str, str | None], name: str) -> dict[str, str | None]:
    """The configuration with its connector's name in it; raises BadRequestError when it holds another."""
    given = config.get("name")
    if given is None:
        config["name"] = name
    elif given != name:
        raise BadRequestError(
            f"Connector name configuration ({given}) doesn't match connector name in the URL ({name})"
        )
    return config


def offset_changes(body: object) -> list[OffsetChange]:
    """The entries of a request to alter offsets, at least one, each partition once."""
    entries = body.get("offsets") if isinstance(body, Mapping) else None
    if not isinstance(entries, list) or not entries:
        raise BadRequestError(NO_OFFSETS)
    changes: list[OffsetChange] = []
    for entry in entries:
        if not isinstance(entry, Mapping):
            raise BadRequestError("Each of the offsets must be an object with the keys partition and offset.")
        partition, offset = entry.get("partition"), entry.get("offset")
        if partition is None:
            raise BadRequestError("Partition objects cannot be null")
        changes.append((_primitives("partition", partition), None if offset is None else _primitives("offset", offset)))
    if any(changes[i][0] == changes[j][0] for i in range(len(changes)) for j in range(i)):
        raise BadRequestError("A partition is named twice in the request.")
    return changes


def _primitives(what: str, value: object) -> dict[str, object]:
    if not isinstance(value, Mapping):
        raise BadRequestError(f"Each {what} must be a JSON object.")
    for name, each in value.items():
        if isinstance(each, dict | list):
            kind = "MAP" if isinstance(each, dict) else "ARRAY"
            raise BadRequestError(
                f"Offsets may only contain primitive types as values, but field {name} contains {kind}"
            )
    return {str(name): each for name, each in value.items()}


def task_config_list(body: object) -> list[dict[str, str | None]]:
    if not isinstance(body, list):
        raise BadRequestError("The task configurations must be a JSON array of objects.")
    return [config_map(item) for item in body]
