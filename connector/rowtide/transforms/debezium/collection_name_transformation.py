"""CollectionNameTransformation: changes topics to another style of names, with a prefix and a suffix."""

from __future__ import annotations

from dataclasses import replace

from rowtide.config.definition import ConfigDef, ConfigKey, Importance, Type
from rowtide.connect.record import SourceRecord
from rowtide.transforms.debezium.naming_styles import style
from rowtide.transforms.parts import ConfiguredTransformation

_OPTIONS = ConfigDef(
    [
        ConfigKey("collection.naming.prefix", Type.STRING, "", "Stands before the name.", Importance.LOW),
        ConfigKey("collection.naming.suffix", Type.STRING, "", "Stands behind the name.", Importance.LOW),
        ConfigKey(
            "collection.naming.style",
            Type.STRING,
            "default",
            "`snake_case`, `camel_case`, `UPPER_CASE`, `lower_case` or `default`, which changes nothing.",
            Importance.LOW,
        ),
    ]
)


class CollectionNameTransformation(ConfiguredTransformation):
    looks_at_values = False

    @classmethod
    def config_def(cls) -> ConfigDef:
        return _OPTIONS

    def set_options(self, options: dict[str, object]) -> None:
        self._prefix = str(options["collection.naming.prefix"])
        self._suffix = str(options["collection.naming.suffix"])
        self._style = style(str(options["collection.naming.style"]))

    def apply(self, record: SourceRecord) -> SourceRecord:
        return replace(record, topic=self._prefix + self._style(record.topic) + self._suffix)
