"""A connector's configuration as typed values, parsed once; nothing else reads option texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rowtide.config.definition import ConfigDef
from rowtide.errors import ConfigError
from rowtide.mysql.checks import Needs
from rowtide.mysql.settings import Flavor, ServerSettings
from rowtide.snapshot.plan import SnapshotOptions
from rowtide.source import options, tls
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
    def snapshot_mode(self) -> str:
        return self.text("snapshot.mode").lower()

    @property
    def streams(self) -> bool:
        return self.snapshot_mode != "initial_only"

    @property
    def reads_data(self) -> bool:
        return self.snapshot_mode != "no_data"

    @property
    def operations(self) -> frozenset[str]:
        """Of c, u, d and t, those that are sent."""
        return frozenset("cudt").difference(self.items("skipped.operations"))

    @property
    def needs(self) -> Needs:
        return Needs(
            streaming=self.streams,
            snapshot=self.reads_data,
            locking=self.text("snapshot.locking.mode").lower() != "none",
        )

    @property
    def snapshot_options(self) -> SnapshotOptions:
        return SnapshotOptions(
            data=self.reads_data,
            locking=self.text("snapshot.locking.mode").lower(),
            lock_timeout_s=max(1, self.number("snapshot.lock.timeout.ms") // 1000),
            fetch_rows=self.number("snapshot.fetch.size") if self.values["snapshot.fetch.size"] else 1000,
            selects=dict(self._selects()),
        )

    def _selects(self) -> list[tuple[TableId, str]]:
        name = "snapshot.select.statement.overrides"
        selects = []
        for item in filter(None, (part.strip() for part in self.text(name).split(","))):
            statement = self.raw.get(f"{name}.{item}")
            if not statement:
                raise ConfigError(f"{name} names {item}, but {name}.{item} is not set.")
            database, _, table = item.partition(".")
            selects.append((TableId(database, table), statement))
        return selects


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
    problems += exclusive(config) + missing_together(values)
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


def exclusive(config: Mapping[str, str]) -> list[str]:
    """Pairs of lists of which only one may be given."""
    pairs = [(f"{what}.include.list", f"{what}.exclude.list") for what in ("database", "table", "column")]
    pairs.append(("gtid.source.includes", "gtid.source.excludes"))
    return [f"{one} and {other} cannot both be given." for one, other in pairs if config.get(one) and config.get(other)]


def missing_together(values: Values) -> list[str]:
    """Options that another one makes necessary."""
    prefix = "schema.history.internal"
    needed: dict[str, tuple[str, ...]] = {
        options.KAFKA_HISTORY: (f"{prefix}.kafka.topic", f"{prefix}.kafka.bootstrap.servers"),
        options.FILE_HISTORY: (f"{prefix}.file.filename",),
    }
    return [
        f"{name} is required: it says where the schema history is kept ({prefix}={values[prefix]})."
        for name in needed.get(str(values[prefix]), ())
        if not values[name]
    ]
