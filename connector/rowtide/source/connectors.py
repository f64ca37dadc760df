"""The connectors as the runtime sees them: validation, task configuration, checks of altered offsets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from rowtide.config.definition import ConfigDef, ConfigValue
from rowtide.connect.plugins import Config, Offset, SourceConnector
from rowtide.errors import BadRequestError, ConfigError, ConnectError, RowtideError, ServerError
from rowtide.mysql import checks
from rowtide.mysql.server import Server
from rowtide.mysql.settings import Flavor
from rowtide.source import options, settings
from rowtide.source.positions import offset_from_map
from rowtide.version import VERSION


class BinlogConnector(SourceConnector):
    """What both connectors share. One task, as with Debezium: a binlog is one ordered stream."""

    flavor: ClassVar[Flavor]
    version = VERSION
    task_type = "rowtide.source.task:BinlogTask"

    @classmethod
    def config_def(cls) -> ConfigDef:
        return settings.definition(cls.flavor)

    def validate(self, config: Config) -> list[ConfigValue]:
        """Checks values and, once they are good, the server; what it says stands at `database.hostname`, as with
        Debezium.
        """
        values = self.config_def().validate(config)
        by_name = {value.name: value for value in values}
        for name, sentence in options.refusals(config).items():
            value = by_name.setdefault(name, ConfigValue(name, value=config.get(name)))
            value.errors.append(sentence)
            if value not in values:
                values.append(value)
        if any(value.errors for value in values):
            return values
        try:
            parsed = settings.parse(self.flavor, config)
        except ConfigError as error:
            values += _blame(by_name, config, error.message)
            return values
        by_name["database.hostname"].errors += _server_problems(parsed)
        return values

    def task_configs(self, max_tasks: int, config: Config) -> list[dict[str, str]]:
        return [{**config, "rowtide.flavor": self.flavor}]

    def alter_offsets(self, config: Config, offsets: Sequence[tuple[Mapping[str, object], Offset | None]]) -> bool:
        expected = {"server": config.get("topic.prefix")}
        for partition, offset in offsets:
            if dict(partition) != expected and offset is not None:
                raise BadRequestError(f"The partition of this connector is {expected}, not {dict(partition)}.")
            if offset is not None:
                try:
                    offset_from_map(offset)
                except ConnectError as error:
                    raise BadRequestError(error.message) from error
        return True


class MySqlConnector(BinlogConnector):
    java_class = "io.debezium.connector.mysql.MySqlConnector"
    flavor = "mysql"


class MariaDbConnector(BinlogConnector):
    java_class = "io.debezium.connector.mariadb.MariaDbConnector"
    flavor = "mariadb"


def _blame(by_name: Mapping[str, ConfigValue], config: Config, message: str) -> list[ConfigValue]:
    """Puts each sentence at the option that it begins with; answers values of families of options, which have none."""
    members: dict[str, ConfigValue] = {}
    for sentence in message.split("\n"):
        name = sentence.split(" ", 1)[0].rstrip(":")
        if name in by_name or name not in config:
            by_name.get(name, by_name["database.hostname"]).errors.append(sentence)
        else:
            members.setdefault(name, ConfigValue(name, config[name])).errors.append(sentence)
    return list(members.values())


def _server_problems(parsed: settings.ConnectorSettings) -> list[str]:
    budget_s = max(1.0, parsed.number("connection.validation.timeout.ms") / 1000)
    quick = replace(
        parsed.server,
        connect_timeout_s=min(parsed.server.connect_timeout_s, budget_s),
        query_timeout_s=budget_s,
    )
    try:
        with Server(quick) as server:
            return checks.problems(server, parsed.needs)
    except ServerError as error:
        return [f"Unable to connect: {error}"]
    except RowtideError as error:
        return [str(error)]
