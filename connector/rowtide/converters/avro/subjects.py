"""Subject name strategies: under which name a schema is kept in the registry."""

from __future__ import annotations

from collections.abc import Callable

from rowtide.converters.avro.model import AvroType
from rowtide.converters.avro.schemas import record_name
from rowtide.errors import ConfigError, DataError

Strategy = Callable[[str, AvroType], str]

_PACKAGE = "io.confluent.kafka.serializers.subject."


def strategy(option: str, class_name: str, *, is_key: bool) -> Strategy:
    """The function from topic and schema to subject.

    Args:
        option: the setting that names the class, for messages.

    Raises:
        ConfigError: a class that is not known.
    """
    part = "key" if is_key else "value"

    def record(topic: str, schema: AvroType) -> str:
        name = record_name(schema)
        if name is None:
            raise DataError(
                f"In configuration {option} = {class_name}, the message {part} must only be a record schema"
            )
        return name

    known: dict[str, Strategy] = {
        "TopicNameStrategy": lambda topic, _schema: f"{topic}-{part}",
        "RecordNameStrategy": record,
        "TopicRecordNameStrategy": lambda topic, schema: f"{topic}-{record(topic, schema)}",
    }
    found = known.get(class_name.removeprefix(_PACKAGE))
    if found is None:
        raise ConfigError(
            f"Invalid value {class_name} for configuration {option}: use one of "
            f"{', '.join(_PACKAGE + name for name in known)}."
        )
    return found
