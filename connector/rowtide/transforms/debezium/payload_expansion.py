"""Expands the payloads of an outbox table that are texts of JSON."""

from __future__ import annotations

import logging
from collections.abc import Callable

from rowtide.connect.schema import Schema
from rowtide.errors import DataError, RowtideError
from rowtide.transforms.debezium.interning import SchemaPool
from rowtide.transforms.debezium.json_structs import JsonStructs, parse, struct_of
from rowtide.transforms.debezium.name_adjustment import FIELD_NAMES, name_adjuster
from rowtide.transforms.debezium.options import Settings

log = logging.getLogger(__name__)


class PayloadExpander:
    """Makes structs of payloads that are JSON."""

    def __init__(self, settings: Settings) -> None:
        adjust: Callable[[str], str] = name_adjuster(settings, FIELD_NAMES)
        null_is_bytes = settings.choice("table.json.payload.null.behavior") == "optional_bytes"
        self._structs = JsonStructs(adjust, null_is_bytes=null_is_bytes)
        self._pool = SchemaPool()

    def expand(self, name: str, schema: Schema | None, payload: object) -> tuple[Schema | None, object]:
        """The schema and struct of a text, or what was given where that fails.

        Where only the value does not fit the schema that was made, as with a list, Debezium gives the new schema with
        the old text, which converters refuse; so that here both stay as they were.
        """
        if not isinstance(payload, str):
            if payload is not None:
                log.warning("table.expand.json.payload is set, but the payload is no text")
            return schema, payload
        try:
            if not payload.startswith(("{", "[")):
                raise DataError(f"Unable to parse payload starting with '{payload[:1]}'")
            document = parse(payload)
            made = self._structs.schema_of(name, document)
            if made is None:
                raise DataError("An empty list has no schema")
            pooled = self._pool(made)
            return pooled, struct_of(pooled, document)
        except RowtideError as error:
            log.warning("A payload stays a text, since it could not be expanded: %s", error)
            return schema, payload
