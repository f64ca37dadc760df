"""The lists of TimezoneConverter: which fields of which tables and topics are converted."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from rowtide.errors import ConfigError
from rowtide.transforms.kafka.declare import java_split

_FORM = re.compile(r'\[(source|topic|[".\w\s_]+):([".\w\s_]+(?::[".\w\s_]+)?(?:,|]$))+', re.ASCII)
_SOURCE, _TOPIC = "source", "topic"
_PARTS = ("source", "before", "after")

Fields = frozenset[str]
Wanted = dict[str, Fields]


@dataclass(slots=True)
class Rules:
    """Fields by the name of a topic or table, an empty set for all; `any` by a name that may be either's."""

    by_topic: dict[str | None, set[str]] = field(default_factory=dict)
    by_table: dict[str | None, set[str]] = field(default_factory=dict)
    by_any: dict[str | None, set[str]] = field(default_factory=dict)

    def find(self, topic: str, table: str | None) -> Fields | None:
        """None where no rule is about the topic or table."""
        for rules, name in (
            (self.by_topic, topic),
            (self.by_table, table),
            (self.by_any, topic),
            (self.by_any, table),
        ):
            if name in rules:
                return frozenset(rules[name])
        return None


def parse_rules(kind: str, items: list[str]) -> Rules:
    """Raises ConfigError for a list of another form. `kind`: include or exclude."""
    if not _FORM.fullmatch(f"[{', '.join(items)}]"):
        raise ConfigError(
            f"Invalid {kind} list format. Please specify a list of rules in the format of "
            '"source:<tablename>:<fieldnames>", "topic:<topicname>:<fieldnames>", "<matchname>:<fieldnames>"'
        )
    rules = Rules()
    prefix: str | None = None
    for item in items:
        own_prefix, name, wanted = _parse(item)
        prefix = own_prefix or prefix  # a prefix holds for the items that follow, too
        chosen = {_TOPIC: rules.by_topic, _SOURCE: rules.by_table}.get(prefix or "", rules.by_any)
        fields = chosen.setdefault(name, set())
        if wanted is not None:
            fields.add(wanted)
    return rules


def _parse(item: str) -> tuple[str | None, str | None, str | None]:
    parts = java_split(item, ":")
    if len(parts) == 1:
        return None, parts[0], None
    if len(parts) > 3:
        return None, None, None
    if parts[0].lower() in (_SOURCE, _TOPIC):
        return parts[0], parts[1], parts[2] if len(parts) == 3 else None
    return None, parts[0], parts[1]


def by_part(fields: Fields) -> Wanted:
    """The fields of each part of an envelope: `after.x` of one, `x` of before and after."""
    wanted: dict[str, set[str]] = {part: set() for part in _PARTS}
    for name in fields:
        part, dot, rest = name.partition(".")
        if dot and part in _PARTS:
            wanted[part].add(rest)
        else:
            wanted["before"].add(name)
            wanted["after"].add(name)
    return {part: frozenset(names) for part, names in wanted.items()}
