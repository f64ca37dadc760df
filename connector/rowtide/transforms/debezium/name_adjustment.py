"""The options by which transforms make names that Avro accepts."""

from __future__ import annotations

from typing import cast

from rowtide.connect.names import AdjustmentMode, NameAdjuster
from rowtide.transforms.debezium.options import Option, Settings, one_of, option


def _option(name: str, display_name: str) -> Option:
    return option(name, display_name, "", one_of("none", "avro", "avro_unicode"), default="none")


SCHEMA_NAMES = _option("schema.name.adjustment.mode", "Schema Name Adjustment")
FIELD_NAMES = _option("field.name.adjustment.mode", "Field Name Adjustment")


def name_adjuster(settings: Settings, names: Option) -> NameAdjuster:
    """As the option, one of the two above, says."""
    mode = cast("AdjustmentMode", settings.choice(names.key.name))
    return NameAdjuster(mode, fields=names is FIELD_NAMES)
