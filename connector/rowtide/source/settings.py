"""A connector's configuration as typed values, parsed once; nothing else reads option texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

from rowtide.config.definition import ConfigDef
from rowtide.envelope.config import FailureHandling
from rowtide.errors import ConfigError
from rowtide.mysql.checks import Needs
from rowtide.mysql.settings import Flavor, ServerSettings
from rowtide.snapshot.plan import SnapshotOptions
from rowtide.source import combinations, options, tls
from rowtide.source.snapshot_mode import SnapshotMode, snapshot_mode
from rowtide.tables.model import TableId

Values = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ConnectorSettings:
    """What the task needs to know, apart from what envelope and filters read themselves.

    Attributes:
        values: every declared option, parsed.
        raw: the configuration's texts, for families of options.
    """

    flavor: Flavor
    values: Values
    raw: Mapping[str, str]
    server: ServerSettings

    def text(self, name: str) -> str:
        value = self.values[name]
        return "" if value is None else str(value)

    def items(self, name: str) -> list[str]:
        """The items of an option of type LIST; expressions are read from `raw`, since they may hold commas."""
        value = self.values[name]
        return [str(item) for item in value] if isinstance(value, list) else []

    def number(self, name: str) -> int:
        value = self.values[name]
        if not isinstance(value, int):
            raise ConfigError(f"{name} is not a number: {value}")
        return value

    def flag(self, name: str) -> bool:
        return self.values[name] is True

    @property
    def topic_prefix(self) -> str:
        return self.text("topic.prefix")

    @property
    def mode(self) -> SnapshotMode:
        return snapshot_mode(self.text("snapshot.mode").strip().lower(), self.values)

    @property
    def unknown_tables(self) -> Literal["wait"] | FailureHandling:
        """What to do about rows of a table of which no fitting definition is known; by default that table waits."""
        if not self.raw.get("inconsistent.schema.handling.mode"):
            return "wait"
        return cast("FailureHandling", self.text("inconsistent.schema.handling.mode").strip().lower())

    @property
    def table_order(self) -> Literal["disabled", "ascending", "descending"]:
        word = self.text("snapshot.tables.order.by.row.count").strip().lower()
        return cast("Literal['disabled', 'ascending', 'descending']", word)

    @property
    def operations(self) -> frozenset[str]:
        """Of c, u, d and t, those that are sent."""
        return frozenset("cudt").difference(self.items("skipped.operations"))

    @property
    def needs(self) -> Needs:
        return Needs(
            streaming=self.mode.streams,
            snapshot=self.mode.first_data or self.mode.data,
            locking=self.text("snapshot.locking.mode").lower() != "none",
            whole_rows=not self.values["unavailable.value.placeholder"],
        )

    @property
    def snapshot_options(self) -> SnapshotOptions:
        return SnapshotOptions(
            locking=self.text("snapshot.locking.mode").lower(),
            lock_timeout_s=max(1, self.number("snapshot.lock.timeout.ms") // 1000),
            fetch_rows=self.number("snapshot.fetch.size") if self.values["snapshot.fetch.size"] else 1000,
            selects=dict(self._selects()),
        )

    def _selects(self) -> list[tuple[TableId, str]]:
        name = "snapshot.select.statement.overrides"
        tables = filter(None, (part.strip() for part in self.text(name).split(",")))
        return [(TableId(*table.partition(".")[::2]), self.raw[f"{name}.{table}"]) for table in tables]


def definition(flavor: Flavor) -> ConfigDef:
    return options.options(flavor)


def parse(flavor: Flavor, config: Mapping[str, str]) -> ConnectorSettings:
    """Parses a configuration.

    Raises:
        ConfigError: naming every option that is missing, invalid or not supported.
    """
    refused = options.refusals(config)
    problems = list(refused.values())
    try:
        values = definition(flavor).parse(config)
    except ConfigError as error:
        raise ConfigError("\n".join([error.message, *problems])) from None
    problems += combinations.problems(config, values)
    if problems:
        raise ConfigError("\n".join(problems))
    return ConnectorSettings(flavor, values, dict(config), server_settings(flavor, values))


def server_settings(flavor: Flavor, values: Values) -> ServerSettings:
    made, required = tls.context(values)
    return ServerSettings(
        flavor=flavor,
        host=str(values["database.hostname"]),
        port=int(str(values["database.port"])),
        user=str(values["database.user"]),
        password=str(values["database.password"] or ""),
        ssl=made,
        ssl_required=required,
        connect_timeout_s=int(str(values["connect.timeout.ms"])) / 1000,
        query_timeout_s=int(str(values["database.query.timeout.ms"])) / 1000,
        initial_statements=_statements(str(values["database.initial.statements"] or "")),
    )


def _statements(text: str) -> tuple[str, ...]:
    parts = text.replace(";;", "\0").split(";")
    return tuple(part.replace("\0", ";").strip() for part in parts if part.strip())
