"""Real binlog files are read as they were when that was checked; those of a folder in ROWTIDE_CORPUS to their end."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rowtide.binlog.events import FormatDescription, Rows
from rowtide.errors import BinlogError
from tests.golden.binlog.describe import described, events_of

FOLDER = Path(__file__).parent
GOLDEN = sorted(FOLDER.glob("*-*.bin"))
CORPUS = sorted(path for path in Path(os.environ.get("ROWTIDE_CORPUS", "/nonexistent")).glob("*") if path.is_file())
DAMAGED = ("truncated", "corrupt", "damaged")


def _is_damaged(path: Path) -> bool:
    return any(word in path.name for word in DAMAGED)


def _name(path: Path) -> str:
    return path.name


def test_there_are_files_of_each_generation_of_servers() -> None:
    names = " ".join(path.name for path in GOLDEN)
    for server in ("mysql-5.5", "mysql-5.7", "mysql-9", "mariadb-10.11", "mariadb-11.8"):
        assert server in names


@pytest.mark.parametrize("path", GOLDEN, ids=_name)
def test_a_golden_file_is_read_as_checked(path: Path) -> None:
    assert list(described(path)) == path.with_suffix(".txt").read_text().splitlines()


@pytest.mark.parametrize("path", [*GOLDEN, *(path for path in CORPUS if not _is_damaged(path))], ids=_name)
def test_an_undamaged_file_is_read_to_its_end(path: Path) -> None:
    events = list(events_of(path))
    assert isinstance(events[0], FormatDescription)
    for event in events:
        if isinstance(event, Rows) and not _refused(event):
            assert len(event) == len(list(event.images()))


def _refused(event: Rows) -> bool:
    """Rows of early 5.1 are refused by design, and say so."""
    try:
        list(event.images())
    except BinlogError as error:
        if "5.1.18" in error.message:
            return True
        raise
    return False


@pytest.mark.parametrize("path", [FOLDER / "damaged.bin", *filter(_is_damaged, CORPUS)], ids=_name)
def test_a_damaged_file_says_what_is_wrong_where(path: Path) -> None:
    *_, last = described(path)
    assert last.startswith("BinlogError position=")


@pytest.mark.parametrize("path", GOLDEN, ids=_name)
@pytest.mark.parametrize("cut", [1, 7, 18, 100, 3000])
def test_a_file_that_was_cut_gives_its_whole_events_and_says_where_it_ends(
    path: Path, cut: int, tmp_path: Path
) -> None:
    whole = list(described(path))
    shorter = tmp_path / "cut.bin"
    shorter.write_bytes(path.read_bytes()[:-cut])
    *lines, last = described(shorter)
    if last.startswith("BinlogError"):
        assert "ends within the event" in last
        assert lines == whole[: len(lines)]
    else:
        assert [*lines, last] == whole[: len(lines) + 1]
    assert len(lines) < len(whole)
