"""The options that decide how column values are represented."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

DecimalMode = Literal["precise", "string", "double"]
TimePrecision = Literal["adaptive_time_microseconds", "connect", "microseconds", "nanoseconds", "isostring"]
BigintUnsignedMode = Literal["long", "precise"]
BinaryMode = Literal["bytes", "base64", "base64-url-safe", "hex"]
FailureMode = Literal["warn", "fail", "skip"]


@dataclass(frozen=True, slots=True)
class ValueModes:
    """Parsed options, with Debezium's defaults.

    Attributes:
        decimal: `decimal.handling.mode`.
        time: `time.precision.mode`.
        bigint_unsigned: `bigint.unsigned.handling.mode`.
        binary: `binary.handling.mode`.
        time_adjuster: `enable.time.adjuster`: years 0-69 are read as 2000-2069, 70-99 as 1970-1999.
        conversion_failure: `event.converting.failure.handling.mode`.
        zero_timestamps: what the log's zero TIMESTAMP is: the epoch in Debezium's MariaDB connector, up to 3.5.
        placeholder: `unavailable.value.placeholder`, for what the log leaves out.
    """

    decimal: DecimalMode = "precise"
    time: TimePrecision = "adaptive_time_microseconds"
    bigint_unsigned: BigintUnsignedMode = "long"
    binary: BinaryMode = "bytes"
    time_adjuster: bool = True
    conversion_failure: FailureMode = "warn"
    zero_timestamps: Literal["null", "epoch"] = "null"
    placeholder: str = "__debezium_unavailable_value"
