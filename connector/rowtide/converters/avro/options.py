"""What the converter's options say about schemas and values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

NAMESPACE = "io.confluent.connect.avro"


@dataclass(frozen=True, slots=True)
class DataOptions:
    """The options of Confluent's AvroDataConfig, by their names there."""

    enhanced: bool = False
    meta_data: bool = True
    scrub_names: bool = False
    optional_map_keys: bool = False
    ignore_default: bool = False
    discard_type_doc: bool = False
    sum_types: bool = False
    flatten_singletons: bool = True

    @classmethod
    def from_values(cls, values: Mapping[str, object]) -> DataOptions:
        return cls(
            enhanced=values["enhanced.avro.schema.support"] is True,
            meta_data=values["connect.meta.data"] is True,
            scrub_names=values["scrub.invalid.names"] is True,
            optional_map_keys=values["allow.optional.map.keys"] is True,
            ignore_default=values["ignore.default.for.nullables"] is True,
            discard_type_doc=values["discard.type.doc.default"] is True,
            sum_types=values["generalized.sum.type.support"] is True,
            flatten_singletons=values["flatten.singleton.unions"] is True,
        )

    @property
    def enum_parameter(self) -> str:
        """The parameter of a string schema that names the Avro enum it stands for."""
        return GENERALIZED_ENUM if self.sum_types else AVRO_ENUM


AVRO_ENUM = f"{NAMESPACE}.Enum"
AVRO_UNION = f"{NAMESPACE}.Union"
GENERALIZED_ENUM = "org.apache.kafka.connect.data.Enum"
GENERALIZED_UNION = "org.apache.kafka.connect.data.Union"
UNION_PREFIX = "connect_union_"
UNION_FIELD_PREFIX = "connect_union_field_"
DEFAULT_NAME = "ConnectDefault"
MAP_ENTRY = "MapEntry"
FIXED_SIZE = "connect.fixed.size"
DECIMAL_PRECISION = "connect.decimal.precision"
DEFAULT_PRECISION = 64
RECORD_DOC = f"{NAMESPACE}.record.doc"
ENUM_DOC_PREFIX = f"{NAMESPACE}.enum.doc."
ENUM_DEFAULT_PREFIX = f"{NAMESPACE}.enum.default."
FIELD_DOC_PREFIX = f"{NAMESPACE}.field.doc."
FIELD_DEFAULT_FLAG = f"{NAMESPACE}.field.default"
CONNECT_RECORD_DOC = "connect.record.doc"
CONNECT_ENUM_DOC = "connect.enum.doc"
