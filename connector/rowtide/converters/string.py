"""StringConverter: values as Java's `toString` prints them."""

from __future__ import annotations

import codecs

from rowtide.config.definition import ConfigDef, ConfigKey, Importance, Type
from rowtide.connect.java_text import to_string
from rowtide.connect.plugins import Config, Converter
from rowtide.connect.schema import OPTIONAL_STRING, Schema
from rowtide.errors import ConfigError, DataError

_ENCODING = "converter.encoding"

CONFIG_DEF = ConfigDef([ConfigKey(_ENCODING, Type.STRING, "UTF-8", "Character set of the text.", Importance.HIGH)])


class StringConverter(Converter):
    """Used from one thread."""

    def __init__(self) -> None:
        self._encoding = "utf-8"

    @classmethod
    def config_def(cls) -> ConfigDef:
        return CONFIG_DEF

    def configure(self, config: Config, *, is_key: bool) -> None:
        name = str(CONFIG_DEF.parse(config)[_ENCODING])
        try:
            self._encoding = codecs.lookup(name).name
        except LookupError as error:
            raise ConfigError(f"{_ENCODING}: {name} is not a known character set.") from error

    def from_connect(self, topic: str, schema: Schema | None, value: object) -> bytes | None:
        """Characters that the set does not have become `?`."""
        return None if value is None else to_string(schema, value).encode(self._encoding, "replace")

    def to_connect(self, topic: str, data: bytes | None) -> tuple[Schema | None, object]:
        if data is None:
            return OPTIONAL_STRING, None
        try:
            return OPTIONAL_STRING, data.decode(self._encoding)
        except UnicodeDecodeError as error:
            raise DataError(f"Not a text in {self._encoding}.") from error
