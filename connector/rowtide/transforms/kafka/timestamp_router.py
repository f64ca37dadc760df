"""TimestampRouter: puts a record's time into the name of its topic."""

from __future__ import annotations

from dataclasses import replace

from rowtide.config.definition import ConfigDef, Importance
from rowtide.connect.record import SourceRecord
from rowtide.errors import DataError
from rowtide.transforms.date_format import DateFormat
from rowtide.transforms.kafka.declare import string
from rowtide.transforms.parts import ConfiguredTransformation

_OPTIONS = ConfigDef(
    [
        string(
            "topic.format",
            "${topic}-${timestamp}",
            "The new name, in which `${topic}` and `${timestamp}` stand for what they say.",
            Importance.HIGH,
        ),
        string("timestamp.format", "yyyyMMdd", "Pattern of Java's SimpleDateFormat, in UTC.", Importance.HIGH),
    ]
)


class TimestampRouter(ConfiguredTransformation):
    """Puts the record's time into the name of its topic.

    Refuses a wrong pattern when it is configured, where Kafka's waits for the first record.
    """

    @classmethod
    def config_def(cls) -> ConfigDef:
        return _OPTIONS

    def set_options(self, options: dict[str, object]) -> None:
        self._topic = str(options["topic.format"])
        self._format = DateFormat(str(options["timestamp.format"]))

    def apply(self, record: SourceRecord) -> SourceRecord:
        if record.timestamp is None:
            # Connect adds the whole record; its values have no business in a trace.
            raise DataError(f"Timestamp missing on record: topic {record.topic}")
        named = self._topic.replace("${topic}", record.topic)
        return replace(record, topic=named.replace("${timestamp}", self._format.format(record.timestamp)))
