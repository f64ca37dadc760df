"""What validation found, in the form in which REST prints it."""

from __future__ import annotations

from dataclasses import dataclass

from rowtide.config.definition import ConfigKey, ConfigValue, to_text
from rowtide.config.secrets import SECRETS


@dataclass(frozen=True, slots=True)
class ValidationReport:
    """The outcome of validating one configuration.

    Attributes:
        name: the connector.class as it was given.
        groups: headings of the options, in order.
        entries: options with their values; an entry without a key is a value that no definition knows.
    """

    name: str
    groups: tuple[str, ...]
    entries: tuple[tuple[ConfigKey | None, ConfigValue], ...]

    @property
    def errors(self) -> list[str]:
        return [error for _, value in self.entries for error in value.errors]

    def to_json(self) -> dict[str, object]:
        return {
            "name": self.name,
            "error_count": len(self.errors),
            "groups": list(self.groups),
            "configs": [
                {"definition": None if key is None else key_to_json(key), "value": _value_to_json(value)}
                for key, value in self.entries
                if key is None or not key.internal or value.errors
            ],
        }


def key_to_json(key: ConfigKey) -> dict[str, object]:
    """One option as ConfigKeyInfo."""
    return {
        "name": key.name,
        "type": key.type.value,
        "required": key.required,
        "default_value": None if key.required else to_text(key.type, key.default),
        "importance": key.importance.value,
        "documentation": key.documentation,
        "group": key.group,
        "order_in_group": key.order,
        "width": key.width.value,
        "display_name": key.display_name or key.name,
        "dependents": list(key.dependents),
    }


def _value_to_json(value: ConfigValue) -> dict[str, object]:
    return {
        "name": value.name,
        "value": value.value,
        "recommended_values": list(value.recommended_values),
        "errors": [SECRETS.hide(error) for error in value.errors],
        "visible": value.visible,
    }
