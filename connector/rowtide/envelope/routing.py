"""Tables routed to shared topics by an expression: Debezium's DefaultRegexTopicNamingStrategy and its options."""

from __future__ import annotations

import re
from dataclasses import dataclass

_GROUP = re.compile(r"\\(?P<literal>.)|\$(?:(?P<number>\d+)|\{(?P<name>\w+)\})", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Replacement:
    """An expression that a whole name must match, and what takes its place, with groups as Java writes them."""

    pattern: re.Pattern[str]
    text: str

    def of(self, name: str) -> str:
        """The replacement; the name itself where it does not match."""
        if not self.pattern.fullmatch(name):
            return name
        # Java replaces the first place that is found, which need not be the whole name.
        return self.pattern.sub(self._filled, name, count=1)

    def unknown_groups(self) -> list[str]:
        """The groups that the text names and the expression does not have."""
        found = []
        for group in _GROUP.finditer(self.text):
            number, name = group["number"], group["name"]
            if (name is not None and name not in self.pattern.groupindex) or (
                number is not None and int(number[0]) > self.pattern.groups
            ):
                found.append(group[0])
        return found

    def _filled(self, match: re.Match[str]) -> str:
        def part(group: re.Match[str]) -> str:
            if group["literal"] is not None:
                return group["literal"]
            if group["name"] is not None:
                return match[group["name"]] or ""
            return _by_number(match, group["number"])

        return _GROUP.sub(part, self.text)


def _by_number(match: re.Match[str], digits: str) -> str:
    """As in Java, more digits belong to the number only while there is such a group."""
    length = len(digits)
    while length > 1 and int(digits[:length]) > match.re.groups:
        length -= 1
    return (match[int(digits[:length])] or "") + digits[length:]


@dataclass(frozen=True, slots=True)
class Routing:
    """Options of topic names made by an expression.

    Attributes:
        topics: `topic.regex` and `topic.replacement`, for the sanitised name.
        key_field: `topic.key.field.name`, the field that tells which table a record is of; None without
            `topic.key.enforce.uniqueness`.
        key_values: `topic.key.field.regex` and `topic.key.field.replacement`, for the name before it is sanitised.
    """

    topics: Replacement
    key_field: str | None = "__dbz__physicalTableIdentifier"
    key_values: Replacement | None = None
