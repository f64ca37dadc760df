"""bin/test runs every test that there is, and the scripts name nothing that isn't there."""

from __future__ import annotations

import pytest

from rowtide.types.columns import BY_NAME, type_key
from rowtide.types.spatial import GEOMETRY_TYPES
from rowtide_dev.option_tables import TABLES, with_tables
from rowtide_dev.services import ROOT
from rowtide_dev.sizes import problems
from rowtide_dev.suite import PARTS, main
from rowtide_dev.type_tables import EXAMPLES, column, types_table


def test_every_test_belongs_to_a_part() -> None:
    covered = [ROOT / path for part in PARTS.values() for path in part.paths]
    tests = list((ROOT / "tests").rglob("test_*.py"))
    assert len(tests) > 50
    assert [str(test) for test in tests if not any(test.is_relative_to(path) for path in covered)] == []
    assert all(path.exists() for path in covered)


def test_an_unknown_part_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["no-such-part"]) == 2
    assert "no part named no-such-part" in capsys.readouterr().err


def test_tables_in_docs_replace_what_is_between_their_markers() -> None:
    pages = {page for page, _ in TABLES}
    for page in pages:
        markers = [f"<!-- begin {t} -->\nold\n<!-- end {t} -->" for name, t in TABLES if name == page]
        text = with_tables(page, "before\n" + "\n".join(markers) + "\nafter")
        assert text.startswith("before\n")
        assert text.endswith("\nafter")
        assert "\nold\n" not in text
        assert with_tables(page, text) == text
    with pytest.raises(ValueError, match="has no place"):
        with_tables(next(iter(pages)), "a page without markers")


def test_every_type_that_is_known_by_name_is_in_the_table_of_types() -> None:
    examples = [example for examples in EXAMPLES.values() for example in examples]
    shown = {type_key(column(example)) for example in examples}
    assert set(BY_NAME) - set(GEOMETRY_TYPES) <= shown
    assert types_table().count("\n| ") == len(examples) + len(EXAMPLES)


def test_files_are_within_the_limits() -> None:
    assert list(problems()) == []
