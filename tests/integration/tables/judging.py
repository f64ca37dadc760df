"""Our tables beside those of a server's information_schema."""

import re
from itertools import zip_longest

from rowtide.tables.model import Column

SYNONYMS = {
    "INTEGER": "INT", "BOOL": "TINYINT", "NUMERIC": "DECIMAL", "DEC": "DECIMAL", "DOUBLE PRECISION": "DOUBLE",
    "REAL": "DOUBLE", "CHARACTER VARYING": "VARCHAR", "NCHAR": "CHAR", "NATIONAL VARCHAR": "VARCHAR",
    "LONG VARCHAR": "TEXT", "LONG": "TEXT", "NATIONAL CHARACTER": "CHAR", "CHAR VARYING": "VARCHAR",
    "NATIONAL CHAR": "CHAR", "NVARCHAR": "VARCHAR", "LONG VARBINARY": "BLOB", "FIXED": "DECIMAL",
    "FLOAT4": "FLOAT", "FLOAT8": "DOUBLE", "INT1": "TINYINT", "INT2": "SMALLINT", "INT3": "MEDIUMINT",
    "INT4": "INT", "INT8": "BIGINT", "MIDDLEINT": "MEDIUMINT", "BOOLEAN": "TINYINT", "SERIAL": "BIGINT",
    "GEOMETRYCOLLECTION": "GEOMCOLLECTION",
}  # fmt: skip
SIZED = {size + kind: kind for size in ("TINY", "MEDIUM", "LONG") for kind in ("TEXT", "BLOB")}
"""Types that the server chooses by a length, which the statement may give."""


def _servers(cursor, database):
    """Per table: its columns as `_ours` gives them, and the columns of its primary key."""
    cursor.execute(
        "SELECT table_name, column_name, data_type, column_type, character_set_name, is_nullable, numeric_precision, "
        "numeric_scale, datetime_precision, character_maximum_length FROM information_schema.columns "
        "JOIN information_schema.tables USING (table_schema, table_name) "
        "WHERE table_schema = %s "
        "AND table_type IN ('BASE TABLE', 'SYSTEM VERSIONED') ORDER BY table_name, ordinal_position",
        (database,),
    )
    tables = {}
    for table, name, data_type, column_type, charset, nullable, precision, scale, fraction, length in cursor.fetchall():
        kind = SYNONYMS.get(data_type.upper(), data_type.upper())
        facts = [name, SIZED.get(kind, kind), "unsigned" in column_type, charset, nullable == "YES"]
        if kind == "DECIMAL":
            facts += [precision, scale]
        elif kind in ("TIME", "DATETIME", "TIMESTAMP"):
            facts += [fraction]
        elif kind in ("CHAR", "VARCHAR", "BINARY", "VARBINARY"):
            facts += [length]
        elif kind == "BIT":
            facts += [precision]
        elif kind in ("ENUM", "SET"):
            facts += [re.findall(r"'(?:[^']|'')*'", column_type)]
        tables.setdefault(table, ([], []))[0].append(facts)
    cursor.execute(
        "SELECT table_name, column_name FROM information_schema.statistics "
        "WHERE table_schema = %s AND index_name = 'PRIMARY' ORDER BY table_name, seq_in_index",
        (database,),
    )
    for table, name in cursor.fetchall():
        if name != "row_end":  # MariaDB adds it to the keys of system-versioned tables
            tables[table][1].append(name)
    return tables


def _ours(column: Column, flavor):
    words = [word for word in column.type_name.split() if word not in ("UNSIGNED", "ZEROFILL", "SIGNED")]
    if len(words) > 1 and words[-1] == "BINARY":
        words.pop()
    kind = SYNONYMS.get(" ".join(words), " ".join(words))
    charset = "utf8mb3" if column.charset == "utf8" else column.charset
    if kind == "JSON" and flavor == "mariadb":
        kind, charset = "LONGTEXT", charset or "utf8mb4"  # which is what JSON stands for there
    if charset == "binary":  # recorded as Debezium does; the server makes a binary type of it
        kind, charset = kind.replace("CHAR", "BINARY").replace("TEXT", "BLOB"), None
    facts = [column.name, SIZED.get(kind, kind), column.unsigned, charset, column.optional]
    if kind == "DECIMAL":
        facts += [column.length, column.scale]
    elif kind in ("TIME", "DATETIME", "TIMESTAMP"):
        facts += [column.length or 0]
    elif kind in ("CHAR", "VARCHAR", "BINARY", "VARBINARY"):
        facts += [column.length or 1]
    elif kind == "BIT":
        facts += [column.length]
    elif kind in ("ENUM", "SET"):
        spelled = [value if value[0] == "'" else "'" + value[1:-1] + "'" for value in column.enum_values]
        facts += [[re.sub(r"\\(.)", lambda m: "''" if m[1] == "'" else m[0], value) for value in spelled]]
    return facts


def differences(state, cursor, database, keyed=None):
    """What is not as the server has it, a text each.

    Args:
        keyed: tables that had a primary key at some time, which this adds to. MODIFY without NOT NULL leaves a key's
            column optional in Debezium and here, on the server it never was; nor is it in a copy of the table.
    """
    keyed = set() if keyed is None else keyed
    expected = _servers(cursor, database)
    tables = {table_id.table: table for table_id, table in state.tables.items() if table_id.database == database}
    found = [f"only one side has {name}" for name in sorted(set(tables) ^ set(expected))]
    for name, (columns, key) in expected.items():
        if name not in tables:
            continue
        table = tables[name]
        ours = [_ours(column, state.flavor) for column in table.columns]
        if key:
            keyed.add(name)
        for facts, theirs in zip(ours, columns, strict=False):
            facts[4] = facts[4] and (theirs[4] or not keyed)
        if ours != columns:
            unlike = [pair for pair in zip_longest(ours, columns) if pair[0] != pair[1]]
            found.append(f"{name}: ours and the server's {unlike}")
        if key and [part.lower() for part in table.primary_key] != [part.lower() for part in key]:
            found.append(f"{name}: key {table.primary_key}, the server's {key}")
    return found
