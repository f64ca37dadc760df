"""ActivateTracingSpan: spans of OpenTelemetry for changes, by the package `opentelemetry-api` where it is installed.

Which spans are sent, and where, is configured by OpenTelemetry's own means. Without that, spans are made and lost.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from rowtide.config.definition import Importance, Type, Width
from rowtide.connect.java_text import to_string
from rowtide.connect.record import Header, SourceRecord
from rowtide.connect.schema import STRING, Struct
from rowtide.errors import ConnectError
from rowtide.transforms.debezium.envelope import envelope, is_change, text_of
from rowtide.transforms.debezium.options import DebeziumTransformation, Settings, option

_FIELD, _OPERATION, _ONLY = "tracing.span.context.field", "tracing.operation.name", "tracing.with.context.field.only"
OPTIONS = (
    option(
        _FIELD,
        "Serialized tracing span context field",
        "Column with the context of the span that the change belongs to, as the text of a properties file.",
        default="tracingspancontext",
        importance=Importance.HIGH,
        width=Width.MEDIUM,
    ),
    option(
        _OPERATION,
        "Tracing operation name",
        "Name of the span of the connector's own work.",
        default="debezium-read",
        importance=Importance.HIGH,
        width=Width.MEDIUM,
    ),
    option(
        _ONLY,
        "Trace only events with context field present",
        "Leaves out changes without such a context.",
        type_=Type.BOOLEAN,
        default=False,
        importance=Importance.HIGH,
        width=Width.MEDIUM,
    ),
)
_NAMES = {"db": "instance", "connector": "type", "name": "cdc-name"}
_PROPERTY = re.compile(r"\s*([^\s:=#!][^\s:=]*)\s*[:=\s]\s*(.*)")


def available() -> bool:
    """Whether OpenTelemetry's API is installed."""
    try:
        importlib.import_module("opentelemetry.trace")
    except ImportError:
        return False
    return True


class ActivateTracingSpan(DebeziumTransformation):
    """Makes spans of OpenTelemetry for changes and puts their context into headers, where the Python package
    `opentelemetry-api` is installed.
    """

    options = OPTIONS

    def set_up(self, settings: Settings) -> None:
        settings.recorded("Unable to validate config.", _FIELD, _OPERATION)
        self._field = settings.required_text(_FIELD)
        self._operation = settings.required_text(_OPERATION)
        self._only_with_context = settings.flag(_ONLY)

    def apply(self, record: SourceRecord) -> SourceRecord:
        """Raises ConnectError where OpenTelemetry's API is not installed."""
        if record.value is None or not is_change(record):
            return record
        value = envelope(record)
        after = value["after"] if "after" in value else None  # noqa: SIM401 - a struct is no dict
        context = text_of(after, self._field) if isinstance(after, Struct) and self._field in after else None
        if context is None and self._only_with_context:
            return record
        if not available():
            raise ConnectError(
                "Failed to record tracing information, tracing libraries not available",
                hint="(Install the Python package opentelemetry-api on the worker, or remove ActivateTracingSpan.)",
            )
        return self._traced(record, value, context)

    def _traced(self, record: SourceRecord, value: Struct, context: str | None) -> SourceRecord:
        carrier: dict[str, str] = {}
        source = value["source"] if "source" in value else None  # noqa: SIM401
        started = source["ts_ms"] if isinstance(source, Struct) and "ts_ms" in source else None
        with _span("db-log-write", started, None if context is None else _properties(context)) as (span, inject):
            if isinstance(source, Struct):
                _describe(span, source, [name for name, _ in source.items()], "db.")
            with _span(self._operation, value["ts_ms"], None) as (own, _):
                _describe(own, value, ["op", "ts_ms"], "")
            inject(carrier)
        kept = tuple(header for header in record.headers if header.name not in carrier)
        added = tuple(Header(name, STRING, text) for name, text in carrier.items())
        return replace(record, headers=(*kept, *added))


@contextmanager
def _span(
    name: str, started_ms: object, parent: dict[str, str] | None
) -> Iterator[tuple[Any, Callable[[dict[str, str]], None]]]:
    trace = importlib.import_module("opentelemetry.trace")
    propagate = importlib.import_module("opentelemetry.propagate")
    started = started_ms * 1_000_000 if isinstance(started_ms, int) else None
    context = None if parent is None else propagate.extract(parent)
    tracer = trace.get_tracer("io.debezium.transforms.tracing.TracingSpanUtil")
    with tracer.start_as_current_span(name, context=context, start_time=started) as span:
        yield span, propagate.inject


def _describe(span: Any, struct: Struct, names: list[str], prefix: str) -> None:
    for name in names:
        value = struct[name]
        if value is not None:
            shown = prefix + (_NAMES.get(name, name) if prefix else name)
            span.set_attribute(shown, to_string(struct.schema.field(name), value))


def _properties(text: str) -> dict[str, str]:
    """The entries of a properties file."""
    found = (_PROPERTY.fullmatch(line) for line in text.splitlines())
    return {match[1]: match[2] for match in found if match is not None}
