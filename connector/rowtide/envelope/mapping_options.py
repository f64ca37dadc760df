"""The options that change how columns are shown: `column.mask.*`, `column.truncate.*`, `*.propagate.source.type`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from rowtide.envelope.column_rules import Matcher
from rowtide.errors import ConfigError
from rowtide.tables.patterns import NameList
from rowtide.types.mappers import ColumnMapper, HashVersion, hashed, masked, source_type, truncated

_TRUNCATE = re.compile(r"column\.truncate\.to\.(\d+)\.chars")
_MASK = re.compile(r"column\.mask\.with\.(\d+)\.chars")
_HASH = re.compile(r"column\.mask\.hash\.(v2\.)?([^.]+)\.with\.salt\.(.+)")
_PROPAGATE = "column.propagate.source.type"
_PROPAGATE_BY_TYPE = "datatype.propagate.source.type"


def column_mappers(config: Mapping[str, str]) -> tuple[tuple[Matcher, ColumnMapper], ...]:
    """All mappers of a configuration in the order in which Debezium tries them; a column takes the first that matches.

    Raises:
        ConfigError: a value is no list of regular expressions, or a hash algorithm is unknown.
    """
    found: list[tuple[Matcher, ColumnMapper]] = []
    found += [(_columns(k, v), truncated(int(m.group(1)))) for k, v, m in _options(config, _TRUNCATE)]
    found += [(_columns(k, v), masked("*" * int(m.group(1)))) for k, v, m in _options(config, _MASK)]
    if config.get(_PROPAGATE):
        found.append((_columns(_PROPAGATE, config[_PROPAGATE]), source_type))
    if config.get(_PROPAGATE_BY_TYPE):
        found.append((_types(_PROPAGATE_BY_TYPE, config[_PROPAGATE_BY_TYPE]), source_type))
    hashes = _options(config, _HASH)
    found += [(_columns(k, v), _hashed(k, m, 1)) for k, v, m in hashes if not m.group(1)]
    found += [(_columns(k, v), _hashed(k, m, 2)) for k, v, m in hashes if m.group(1)]
    return tuple(found)


def _hashed(option: str, match: re.Match[str], version: HashVersion) -> ColumnMapper:
    try:
        return hashed(match.group(2), match.group(3), version)
    except ConfigError as error:
        raise ConfigError(f"{option}: {error.message}", hint=error.hint) from error


def _options(config: Mapping[str, str], pattern: re.Pattern[str]) -> list[tuple[str, str, re.Match[str]]]:
    return [(key, value, match) for key, value in config.items() if value and (match := pattern.fullmatch(key))]


def _columns(option: str, text: str) -> Matcher:
    """Matches `db.table.column`."""
    names = NameList(text, option)
    return lambda table, column: names.matches(f"{table}.{column.name}")


def _types(option: str, text: str) -> Matcher:
    """Matches `db.table.TYPE`."""
    names = NameList(text, option)
    return lambda table, column: names.matches(f"{table}.{column.type_name}")
