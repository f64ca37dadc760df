"""Transforms of geometries, wherever in a record's value they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from rowtide.config.definition import Width
from rowtide.connect.record import SourceRecord
from rowtide.connect.schema import Schema, SchemaType, Struct
from rowtide.errors import ConfigError, ConnectError, DataError
from rowtide.transforms.debezium.envelope import typed
from rowtide.transforms.debezium.geometry import is_extended, swapped, with_srid, without_srid
from rowtide.transforms.debezium.options import DebeziumTransformation, Settings, one_of, option
from rowtide.transforms.java_conversion import parse_integer
from rowtide.transforms.structs import SchemaCache, make_struct, values_of

_GEOMETRY = "io.debezium.data.geometry.Geometry"
_SRIDS = (4326, 3857, 4269)


class _GeometryTransformation(DebeziumTransformation):
    """Passes over the structs of a value, and on request over its lists and maps."""

    in_collections = False

    def set_up(self, settings: Settings) -> None:
        self._concerned = SchemaCache(self._is_concerned)

    def changed(self, geometry: Struct) -> bytes | None:
        """The new bytes of a geometry; None to leave it as it is."""
        raise NotImplementedError

    def apply(self, record: SourceRecord) -> SourceRecord:
        """Raises ConnectError and DataError for a geometry that cannot be read."""
        if not isinstance(record.value, Struct) or not self._concerned(record.value.schema):
            return record
        return replace(record, value=self._struct(record.value))

    def _is_concerned(self, schema: Schema) -> bool:
        """Whether values can change: as in Debezium, a null becomes its field's default on the way."""
        if schema.type is SchemaType.STRUCT:
            return schema.name == _GEOMETRY or any(
                field.schema.default is not None or self._is_concerned(field.schema) for field in schema.fields
            )
        inner = (schema.key_schema, schema.value_schema) if self.in_collections else ()
        return any(self._is_concerned(each) for each in inner if each is not None)

    def _struct(self, struct: Struct) -> Struct:
        values = values_of(struct, with_defaults=True)
        fields = zip(struct.schema.fields, values, strict=True)
        return make_struct(struct.schema, [self._value(field.schema, value) for field, value in fields])

    def _value(self, schema: Schema, value: object) -> object:
        if isinstance(value, Struct):
            return self._geometry(value) if schema.name == _GEOMETRY else self._struct(value)
        if not self.in_collections or schema.value_schema is None:
            return value
        if isinstance(value, Mapping):
            items = schema.value_schema
            return {key: self._value(items, each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [self._value(schema.value_schema, each) for each in value]
        return value

    def _geometry(self, geometry: Struct) -> Struct:
        new = self.changed(geometry)
        if new is None:
            return geometry
        values = list(geometry.values)
        values[geometry.schema.index_of("wkb")] = new
        return Struct(geometry.schema, values)


def _srid(geometry: Struct) -> int | None:
    value = typed(geometry, "srid", SchemaType.INT32)
    assert value is None or isinstance(value, int)
    return value


def _wkb(geometry: Struct) -> bytes:
    value = typed(geometry, "wkb", SchemaType.BYTES)
    if not isinstance(value, bytes):
        raise DataError("A geometry has no bytes")
    return value


class SwapGeometryCoordinates(_GeometryTransformation):
    """Swaps the x and y of all coordinates of geometries, wherever in a record's value they are."""

    options = (
        option(
            "srids",
            "Geometry SRIDs that should be considered for coordinate swapping",
            "SRIDs of the geometries to swap; without it 4326, 3857 and 4269.",
            width=Width.MEDIUM,
        ),
    )
    in_collections = True

    def set_up(self, settings: Settings) -> None:
        super().set_up(settings)
        self._srids: frozenset[int | None] = frozenset(_SRIDS)
        if "srids" in settings:
            given = {text: parse_integer(text, 32) for text in settings.items("srids")}
            for text, number in given.items():
                if number is None:
                    raise ConfigError(f'For input string: "{text}"', hint="(srids takes numbers, parted by commas.)")
            self._srids = frozenset(given.values())

    def changed(self, geometry: Struct) -> bytes | None:
        srid = _srid(geometry)
        return swapped(_wkb(geometry)) if srid is not None and srid in self._srids else None


class GeometryFormatTransformer(_GeometryTransformation):
    """Adds the SRID to the bytes of geometries (EWKB), or takes it out of them."""

    options = (
        option(
            "format",
            "Target Format",
            "`wkb` makes EWKB of WKB, `ewkb` WKB of EWKB, as in Debezium; once a value in EWKB has been seen, `ewkb` "
            "holds.",
            one_of("wkb", "ewkb"),
            default="wkb",
            width=Width.MEDIUM,
        ),
    )

    def set_up(self, settings: Settings) -> None:
        super().set_up(settings)
        settings.checked()
        self._extends = settings.choice("format") == "wkb"

    def changed(self, geometry: Struct) -> bytes | None:
        srid, wkb = _srid(geometry), _wkb(geometry)
        if is_extended(wkb):
            self._extends = False
        if not self._extends:
            return without_srid(wkb)
        if srid is None:
            raise ConnectError("Cannot convert to EWKB when SRID is null")
        return with_srid(wkb, srid)
