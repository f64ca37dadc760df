"""Spans of OpenTelemetry for change events; they need the package `opentelemetry-api`."""

from __future__ import annotations

from rowtide.config.definition import Importance, Type, Width
from rowtide.transforms.debezium.options import option

OPTIONS = (
    option(
        "tracing.span.context.field",
        "Serialized tracing span context field",
        "Column with the context of the span that the change belongs to, as the text of a properties file.",
        default="tracingspancontext",
        importance=Importance.HIGH,
        width=Width.MEDIUM,
    ),
    option(
        "tracing.operation.name",
        "Tracing operation name",
        "Name of the span of Debezium's own work.",
        default="debezium-read",
        importance=Importance.HIGH,
        width=Width.MEDIUM,
    ),
    option(
        "tracing.with.context.field.only",
        "Trace only events with context field present",
        "Leaves out changes without such a context.",
        type_=Type.BOOLEAN,
        default=False,
        importance=Importance.HIGH,
        width=Width.MEDIUM,
    ),
)
