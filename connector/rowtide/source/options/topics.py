"""The strategies that name topics, by Debezium's class names."""

from __future__ import annotations

_PACKAGE = "io.debezium.schema"
REGEX_NAMINGS = (f"{_PACKAGE}.DefaultRegexTopicNamingStrategy", f"{_PACKAGE}.SchemaRegexTopicNamingStrategy")
NAMINGS = (
    f"{_PACKAGE}.DefaultTopicNamingStrategy",
    f"{_PACKAGE}.SchemaTopicNamingStrategy",
    f"{_PACKAGE}.DefaultUnicodeTopicNamingStrategy",
    f"{_PACKAGE}.SchemaUnicodeTopicNamingStrategy",
    *REGEX_NAMINGS,
)
