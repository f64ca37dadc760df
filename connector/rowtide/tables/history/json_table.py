"""Tables and their changes as the JSON of a schema history record."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeVar

from rowtide.errors import SchemaError
from rowtide.tables.model import Column, Table, TableChange, TableId

T = TypeVar("T")


def change_to_json(change: TableChange) -> dict[str, object]:
    """One item of `tableChanges`; the table's comment stands beside the table, as Debezium puts it."""
    item: dict[str, object] = {"type": change.type, "id": change.id.quoted}
    if change.previous_id is not None:
        item["previousId"] = change.previous_id.quoted
    if change.table is not None:
        item["table"] = table_to_json(change.table)
        item["comment"] = change.table.comment
    return item


def table_to_json(table: Table) -> dict[str, object]:
    return {
        "defaultCharsetName": table.default_charset,
        "primaryKeyColumnNames": list(table.primary_key),
        "columns": [_column_to_json(column) for column in table.columns],
        "attributes": [{"name": name, "value": value} for name, value in table.attributes.items()],
    }


def _column_to_json(column: Column) -> dict[str, object]:
    item: dict[str, object] = {
        "name": column.name,
        "jdbcType": column.jdbc_type,
        "typeName": column.type_name,
        "typeExpression": column.type_expression,
        "charsetName": column.charset,
    }
    if column.length is not None:
        item["length"] = column.length
    if column.scale is not None:
        item["scale"] = column.scale
    item |= {
        "position": column.position,
        "optional": column.optional,
        "autoIncremented": column.auto_incremented,
        "generated": column.generated,
        "comment": column.comment,
        "hasDefaultValue": column.has_default,
    }
    if column.has_default and column.default is not None:
        item["defaultValueExpression"] = column.default
    item["enumValues"] = list(column.enum_values)
    return item


def change_from_json(item: object) -> TableChange:
    """Reads one item of `tableChanges`.

    Raises:
        SchemaError: naming what is missing or of another type.
    """
    fields = _object(item, "a table change")
    kind = _text(fields, "type")
    table_id = parse_id(_text(fields, "id"))
    previous = fields.get("previousId")
    previous_id = parse_id(previous) if isinstance(previous, str) else None
    if kind == "DROP":
        return TableChange("DROP", table_id)
    if kind not in ("CREATE", "ALTER"):
        raise SchemaError(f"a schema history record has a change of the unknown type {kind[:40]}")
    table = _table(table_id, _object(fields.get("table"), "a table"), fields.get("comment"))
    return TableChange("CREATE" if kind == "CREATE" else "ALTER", table_id, table, previous_id)


def parse_id(text: str) -> TableId:
    """A table's name, with or without quotes: `"db"."table"`, `db.table`, `"table"`."""
    parts: list[str] = []
    part, quoted, index = "", False, 0
    while index < len(text):
        letter = text[index]
        if letter == '"' and quoted and text[index + 1 : index + 2] == '"':
            part += letter
            index += 1
        elif letter == '"':
            quoted = not quoted
        elif letter == "." and not quoted:
            parts.append(part)
            part = ""
        else:
            part += letter
        index += 1
    parts.append(part)
    return TableId(parts[0] if len(parts) > 1 else "", ".".join(parts[1:]) if len(parts) > 1 else parts[0])


def _table(table_id: TableId, fields: Mapping[str, object], comment: object) -> Table:
    columns = [_column(_object(item, "a column"), i) for i, item in enumerate(_list(fields, "columns"), 1)]
    columns.sort(key=lambda column: column.position)
    own_comment = fields.get("comment")
    attributes = {}
    for item in _list(fields, "attributes"):
        attribute = _object(item, "an attribute")
        attributes[_text(attribute, "name")] = str(attribute.get("value"))
    return Table(
        table_id,
        tuple(columns),
        tuple(str(name) for name in _list(fields, "primaryKeyColumnNames")),
        _maybe(fields, "defaultCharsetName", str),
        comment if isinstance(comment, str) else own_comment if isinstance(own_comment, str) else None,
        MappingProxyType(attributes),
    )


def _column(fields: Mapping[str, object], position: int) -> Column:
    type_name = _text(fields, "typeName")
    default = fields.get("defaultValueExpression")
    known = default is not None or fields.get("hasDefaultValue") is True
    optional = fields.get("optional") is not False
    jdbc_type = fields.get("jdbcType")
    if not isinstance(jdbc_type, int):
        raise SchemaError("a column in a schema history record has no jdbcType")
    return Column(
        name=_text(fields, "name"),
        position=_maybe(fields, "position", int) or position,
        jdbc_type=jdbc_type,
        type_name=type_name,
        type_expression=_maybe(fields, "typeExpression", str) or type_name,
        charset=_maybe(fields, "charsetName", str),
        length=_maybe(fields, "length", int),
        scale=_maybe(fields, "scale", int),
        optional=optional,
        auto_incremented=fields.get("autoIncremented") is True,
        generated=fields.get("generated") is True,
        comment=_maybe(fields, "comment", str),
        has_default=known or optional,
        default=None if default is None else str(default),
        enum_values=tuple(str(value) for value in _list(fields, "enumValues")),
    )


def _object(value: object, what: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise SchemaError(f"{what} in a schema history record is not a JSON object")
    return value


def _list(fields: Mapping[str, object], name: str) -> list[object]:
    value = fields.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise SchemaError(f"{name} in a schema history record is not a list")
    return value


def _text(fields: Mapping[str, object], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str):
        raise SchemaError(f"{name} is missing in a schema history record")
    return value


def _maybe(fields: Mapping[str, object], name: str, kind: type[T]) -> T | None:
    value = fields.get(name)
    return value if isinstance(value, kind) else None
