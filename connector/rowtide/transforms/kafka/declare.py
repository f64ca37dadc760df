"""Short ways to declare the options of Kafka's transforms, with the checks and texts that they have in Kafka."""

from __future__ import annotations

from rowtide.config.definition import REQUIRED, ConfigKey, Importance, Type, Validator


def string(
    name: str,
    default: object,
    documentation: str,
    importance: Importance = Importance.MEDIUM,
    validator: Validator | None = None,
) -> ConfigKey:
    return ConfigKey(name, Type.STRING, default, documentation, importance, validator, judges_missing=True)


def names(name: str, documentation: str, *, may_repeat: bool = False) -> ConfigKey:
    """A required list that must not be empty."""

    def check(name: str, value: object) -> str | None:
        if may_repeat:
            return None if value else invalid(name, value, "Empty list")
        return distinct_names(name, value) or (
            None if value else f"Configuration '{name}' must not be empty. Valid values include: any non-empty value"
        )

    return ConfigKey(name, Type.LIST, REQUIRED, documentation, Importance.HIGH, check, judges_missing=True)


def distinct_names(name: str, value: object) -> str | None:
    """Validator of a list that may be empty."""
    if value is None:
        return f"Configuration '{name}' values must not be null."
    items = value if isinstance(value, list) else []
    if len(set(items)) < len(items):
        return f"Configuration '{name}' values must not be duplicated."
    return f"Configuration '{name}' values must not be empty." if "" in items else None


REPLACE_NULL = ConfigKey(
    "replace.null.with.default",
    Type.BOOLEAN,
    True,
    "Reads a null field as its default, where its schema has one.",
)


def one_of_exactly(*accepted: str) -> Validator:
    def check(name: str, value: object) -> str | None:
        if value not in accepted:
            return (
                f"Invalid value {_text(value)} for configuration {name}: String must be one of: {', '.join(accepted)}"
            )
        return None

    return check


def one_of_any_case(*accepted: str) -> Validator:
    def check(name: str, value: object) -> str | None:
        if str(value).upper() not in accepted:
            return invalid(name, value, f"String must be one of (case insensitive): {', '.join(accepted)}")
        return None

    return check


def java_split(text: str, separator: str) -> list[str]:
    """`String.split`: without the empty pieces at the end."""
    pieces = text.split(separator)
    while len(pieces) > 1 and not pieces[-1]:
        pieces.pop()
    return pieces


def invalid(name: str, value: object, problem: str) -> str:
    """The sentence of Kafka's ConfigException."""
    return f"Invalid value {_text(value)} for configuration {name}: {problem}"


def not_empty_string(name: str, value: object) -> str | None:
    """Kafka's NonEmptyString, which lets a missing value pass."""
    return invalid(name, value, "String must be non-empty") if value == "" else None


def not_null(name: str, value: object) -> str | None:
    return invalid(name, value, "entry must be non null") if value is None else None


def _text(value: object) -> str:
    if value is None:
        return "null"
    return f"[{', '.join(map(str, value))}]" if isinstance(value, list) else str(value)
