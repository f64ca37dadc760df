"""How options are declared here: one line each, checked by functions that answer with a sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from rowtide.config.definition import ConfigKey, Importance, Type, Validator, at_least, one_of
from rowtide.envelope.placeholders import placeholder_text
from rowtide.errors import ConfigError
from rowtide.tables.patterns import compile_java, split_list

HIGH, MEDIUM, LOW = Importance.HIGH, Importance.MEDIUM, Importance.LOW
BOOLEAN, STRING, INT, LONG = Type.BOOLEAN, Type.STRING, Type.INT, Type.LONG
LIST, CLASS, PASSWORD = Type.LIST, Type.CLASS, Type.PASSWORD

_TOPIC_NAME = re.compile(r"[a-zA-Z0-9_.\-]+")

CONVERTERS = "converters"
POST_PROCESSORS = "post.processors"


def option(
    name: str,
    type_: Type,
    default: object,
    importance: Importance,
    doc: str,
    validator: Validator | None = None,
    *,
    recommended: tuple[str, ...] = (),
    dependents: tuple[str, ...] = (),
) -> ConfigKey:
    return ConfigKey(name, type_, default, doc, importance, validator, recommended=recommended, dependents=dependents)


def choice(name: str, default: str, importance: Importance, accepted: tuple[str, ...], doc: str) -> ConfigKey:
    """One of some words, in any case."""
    return option(name, STRING, default, importance, doc, one_of(*accepted), recommended=accepted)


def some_of(
    name: str, default: str, importance: Importance, supported: tuple[str, ...], doc: str, *, type_: Type = STRING
) -> ConfigKey:
    """A choice of which this version has not all that Debezium has; a refusal names those there are."""
    return option(name, type_, default, importance, doc, only(*supported), recommended=supported)


def grouped(group: str, keys: Sequence[ConfigKey]) -> list[ConfigKey]:
    """Puts options into a group, in their order."""
    return [replace(key, group=group, order=number) for number, key in enumerate(keys, 1)]


def only(*supported: str) -> Validator:
    def check(name: str, value: object) -> str | None:
        if value is not None and str(value).strip().lower() not in {item.lower() for item in supported}:
            return invalid(name, value, f"this version supports {', '.join(supported)}")
        return None

    return check


def invalid(name: str, value: object, problem: str) -> str:
    """A refusal in the words of Connect's own."""
    return f"Invalid value {value} for configuration {name}: {problem}"


def expressions(name: str, value: object) -> str | None:
    """A list of Java regular expressions."""
    text = ",".join(value) if isinstance(value, list) else value
    try:
        for item in split_list(None if text is None else str(text)):
            compile_java(item, name)
    except ConfigError as error:
        return str(error)
    return None


def expression(name: str, value: object) -> str | None:
    """One Java regular expression."""
    try:
        if value:
            compile_java(str(value), name)
    except ConfigError as error:
        return str(error)
    return None


def topic_name(name: str, value: object) -> str | None:
    if not value or _TOPIC_NAME.fullmatch(str(value)):
        return None
    return invalid(name, value, "only letters, digits, dot, underscore and hyphen may be used")


def required_topic_name(name: str, value: object) -> str | None:
    return topic_name(name, value) if value else invalid(name, value, "give a name, which every topic begins with")


def host(name: str, value: object) -> str | None:
    return None if value else invalid(name, value, "give the server's host name or address")


def placeholder(name: str, value: object) -> str | None:
    """A text, which may be given as bytes."""
    try:
        placeholder_text(str(value or ""))
    except ValueError:
        return invalid(name, value, "after hex: give bytes of UTF-8 as pairs of hexadecimal digits")
    return None


def operations(name: str, value: object) -> str | None:
    given = {str(item).strip() for item in value if str(item).strip()} if isinstance(value, list) else set()
    if given - {"c", "u", "d", "t", "r", "none"} or ("none" in given and len(given) > 1):
        return invalid(name, ",".join(sorted(given)), "give some of c, u, d, t, r, or none alone")
    return None


def just_one(name: str, value: object) -> str | None:
    return None if value == 1 else invalid(name, value, "this version reads snapshots with 1 thread and 1 connection")


not_negative = at_least(0)
positive = at_least(1)
