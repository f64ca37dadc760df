"""Declarations of options, and validation against them, as Connect's ConfigDef does it."""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from rowtide.errors import ConfigError


class Type(enum.Enum):
    BOOLEAN = "BOOLEAN"
    STRING = "STRING"
    INT = "INT"
    SHORT = "SHORT"
    LONG = "LONG"
    DOUBLE = "DOUBLE"
    LIST = "LIST"
    CLASS = "CLASS"
    PASSWORD = "PASSWORD"  # noqa: S105 - the name of a type


class Importance(enum.Enum):
    HIGH = "HIGH"
    MEDIUM = "MEDIUM"
    LOW = "LOW"


class Width(enum.Enum):
    NONE = "NONE"
    SHORT = "SHORT"
    MEDIUM = "MEDIUM"
    LONG = "LONG"


class _Required:
    def __repr__(self) -> str:
        return "REQUIRED"


REQUIRED = _Required()
"""The default of an option that has none."""

Validator = Callable[[str, object], str | None]
"""Takes an option's name and parsed value; answers what is wrong, None when nothing is."""


@dataclass(frozen=True, slots=True)
class ConfigKey:
    """One option.

    Attributes:
        default: parsed form (int, bool, str, list of str, None), or REQUIRED.
        group: heading under which user interfaces show it.
        order: place within the group, -1 for none.
        recommended: accepted values that user interfaces offer.
        internal: valid but not listed in what REST shows.
        judges_missing: the validator is also asked about None, as Kafka does it, when a required value is missing or
            one cannot be parsed; both sentences are shown then.
    """

    name: str
    type: Type
    default: object
    documentation: str
    importance: Importance = Importance.MEDIUM
    validator: Validator | None = None
    group: str | None = None
    order: int = -1
    width: Width = Width.NONE
    display_name: str | None = None
    dependents: tuple[str, ...] = ()
    recommended: tuple[str, ...] = ()
    internal: bool = False
    judges_missing: bool = False

    @property
    def required(self) -> bool:
        return self.default is REQUIRED


@dataclass(slots=True)
class ConfigValue:
    """What validation says of one option. `value` is the text that was given or the default's text."""

    name: str
    value: str | None = None
    recommended_values: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    visible: bool = True


class ConfigDef:
    """An ordered set of options."""

    def __init__(self, keys: Sequence[ConfigKey] = ()) -> None:
        self._keys: dict[str, ConfigKey] = {}
        for key in keys:
            self.define(key)

    def define(self, key: ConfigKey) -> None:
        if key.name in self._keys:
            raise ValueError(f"option {key.name} is declared twice")
        self._keys[key.name] = key

    def __iter__(self) -> Iterator[ConfigKey]:
        return iter(self._keys.values())

    def __contains__(self, name: object) -> bool:
        return name in self._keys

    def __getitem__(self, name: str) -> ConfigKey:
        return self._keys[name]

    def get(self, name: str) -> ConfigKey | None:
        return self._keys.get(name)

    def merged(self, other: ConfigDef) -> ConfigDef:
        """These options followed by those of `other` that are not among them."""
        return ConfigDef([*self, *(key for key in other if key.name not in self)])

    def validate(self, config: Mapping[str, str | None]) -> list[ConfigValue]:
        """One entry a declared option, in order; it has no value where the text cannot be parsed. Never raises."""
        return [self._judge(key, config) for key in self]

    @staticmethod
    def _judge(key: ConfigKey, config: Mapping[str, str | None]) -> ConfigValue:
        value = ConfigValue(key.name, recommended_values=list(key.recommended))
        parsed: object = None
        try:
            parsed = ConfigDef.parse_one(replace(key, validator=None), config)
        except ConfigError as error:
            value.errors.append(str(error))
        given = key.name in config and not value.errors
        if key.validator is not None and (given or (value.errors and key.judges_missing)):
            problem = key.validator(key.name, parsed)
            value.errors += [problem] if problem else []
        value.value = to_text(key.type, parsed)
        return value

    def parse(self, config: Mapping[str, str | None]) -> dict[str, object]:
        """The parsed value of every declared option.

        Raises:
            ConfigError: naming every option that is missing or invalid.
        """
        parsed: dict[str, object] = {}
        errors = []
        for key in self:
            try:
                parsed[key.name] = self.parse_one(key, config)
            except ConfigError as error:
                errors.append(str(error))
        if errors:
            raise ConfigError("\n".join(errors))
        return parsed

    @staticmethod
    def parse_one(key: ConfigKey, config: Mapping[str, str | None]) -> object:
        """The parsed value of one option; texts of errors are Kafka's."""
        if key.name not in config:
            if key.required:
                raise ConfigError(f'Missing required configuration "{key.name}" which has no default value.')
            return key.default
        value = parse_value(key.name, config[key.name], key.type)
        if key.validator is not None:
            problem = key.validator(key.name, value)
            if problem:
                raise ConfigError(problem)
        return value


_INT_BITS = {Type.SHORT: 16, Type.INT: 32, Type.LONG: 64}


def parse_value(name: str, text: str | None, type_: Type) -> object:
    """Parses as ConfigDef.parseType. Raises ConfigError with Kafka's wording."""
    if text is None:
        return None
    trimmed = text.strip()
    if type_ is Type.BOOLEAN:
        if trimmed.lower() in ("true", "false"):
            return trimmed.lower() == "true"
        raise _invalid(name, text, "Expected value to be either true or false")
    if type_ in _INT_BITS:
        limit = 1 << (_INT_BITS[type_] - 1)
        if re.fullmatch(r"[+-]?\d+", trimmed) and -limit <= int(trimmed) < limit:
            return int(trimmed)
        raise _invalid(name, text, f"Not a number of type {type_.value}")
    if type_ is Type.DOUBLE:
        try:
            return float(trimmed)
        except ValueError:
            raise _invalid(name, text, "Not a number of type DOUBLE") from None
    if type_ is Type.LIST:
        return [item.strip() for item in trimmed.split(",")] if trimmed else []
    if type_ is Type.PASSWORD:
        return text
    return trimmed


def _invalid(name: str, value: object, problem: str) -> ConfigError:
    return ConfigError(f"Invalid value {value} for configuration {name}: {problem}")


def to_text(type_: Type, value: object) -> str | None:
    """A parsed value as REST prints it; passwords are hidden."""
    if value is None:
        return None
    if type_ is Type.PASSWORD:
        return "[hidden]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(str(item) for item in value)
    return str(value)


def at_least(minimum: int) -> Validator:
    def check(name: str, value: object) -> str | None:
        if isinstance(value, int) and value < minimum:
            return f"Invalid value {value} for configuration {name}: Value must be at least {minimum}"
        return None

    return check


def one_of(*accepted: str) -> Validator:
    """Case-insensitive choice, as Debezium's and most of Connect's enumerated options."""

    def check(name: str, value: object) -> str | None:
        if value is not None and str(value).strip().lower() not in accepted:
            return f"Invalid value {value} for configuration {name}: Value must be one of {', '.join(accepted)}"
        return None

    return check


def not_empty(name: str, value: object) -> str | None:
    if isinstance(value, str) and not value.strip():
        return f"Invalid value {value} for configuration {name}: String must be non-empty"
    return None
