"""How cells of the text protocol are read, as data: the native engine does the same from the server's bytes.

Each recipe is a name and its arguments, which the engine's `CellKind` has a variant for (`connector/rust/engine`).
"""

from __future__ import annotations

from rowtide.tables.model import Column
from rowtide.types.columns import type_key
from rowtide.types.integers import storage_bits
from rowtide.types.text import CELL_RECIPES, enum_indexes, parse_of, set_bits

CellRecipe = tuple[object, ...]

_WIDEST = 64


def cell_recipe(column: Column) -> CellRecipe:
    """What `rowtide.types.text` does with a column's cells. The engine leaves the cells that it cannot read to that."""
    parse = parse_of(column)
    simple = CELL_RECIPES.get(parse)
    if simple is not None:
        return simple
    if parse is int:
        return ("int", storage_bits(column) or _WIDEST)
    bits = storage_bits(column)
    if bits is not None:
        return ("unsigned", bits)
    if type_key(column) == "ENUM":
        return ("item", list(enum_indexes(column).items()))
    return ("items", [(item.encode(errors="replace"), bit) for item, bit in set_bits(column).items()])
