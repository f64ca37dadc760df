"""Offsets in an SQLite file, and those of a file that Java wrote (tests/golden/standalone)."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from rowtide.connect.record import EncodedRecord
from rowtide.errors import ConfigError, ConnectError
from rowtide.runtime.storage.java_offsets import read_java_offsets
from rowtide.runtime.storage.offset_file import FileLog, FileOffsetProducer, offset_file, prepare_offset_file
from rowtide.runtime.storage.offsets import OffsetStore
from rowtide.runtime.task.offsets import OffsetKeys, OffsetReader, OffsetWriter

JAVA = Path(__file__).parents[3] / "golden" / "standalone" / "offsets.dat"


def store(path: Path) -> OffsetStore:
    made = OffsetStore(lambda on_record: FileLog(offset_file(str(path)), on_record))
    made.start()
    return made


def test_the_map_of_java_is_read() -> None:
    found = read_java_offsets(JAVA.read_bytes(), "x")
    assert len(found) == 44
    assert found[b'["first",{"counter":"a"}]'] == found[b'["first",{"counter":"b"}]'] == b'{"position":7}'
    assert found[b'["gone",{"counter":"a"}]'] is None
    assert found[b'["many",{"counter":"39"}]'] == b'{"position":39}'


@pytest.mark.parametrize("size", [4, 5, 20, 60, 200, 1000])
def test_what_is_cut_off_is_told(size: int) -> None:
    data = JAVA.read_bytes()
    with pytest.raises(ConfigError, match="is no map of offsets"):
        read_java_offsets(data[:size], "x")
    with pytest.raises(ConfigError, match=r"it holds a java\.util\.HashSex"):
        read_java_offsets(data.replace(b"HashMap", b"HashSex"), "x")


def test_the_file_of_java_stays_and_its_offsets_are_taken_over_once(tmp_path: Path) -> None:
    given = tmp_path / "connect.offsets"
    shutil.copy(JAVA, given)
    prepare_offset_file(str(given))
    offsets = store(given)
    assert offsets.offsets("inventory") == [
        ({"server": "dbserver1"}, {"ts_sec": 1700000000, "file": "binlog.000003", "pos": 154})
    ]
    assert offsets.offsets("gone") == []
    offsets.put("first", [({"counter": "a"}, {"position": 8})])
    prepare_offset_file(str(given))
    assert store(given).offset("first", {"counter": "a"}) == {"position": 8}
    assert given.read_bytes() == JAVA.read_bytes()
    # Java went on: what it wrote is newer.
    given.write_bytes(JAVA.read_bytes().replace(b'"position":7', b'"position":9'))
    prepare_offset_file(str(given))
    assert store(given).offset("first", {"counter": "a"}) == {"position": 9}


def test_worker_and_tasks_see_what_the_other_wrote(tmp_path: Path) -> None:
    path = tmp_path / "offsets.sqlite"
    prepare_offset_file(str(path))
    workers, file = store(path), offset_file(str(path))
    keys = OffsetKeys("c")
    reader = OffsetReader("x", {}, keys, file.read_keys)
    writer = OffsetWriter("x", keys, lambda: FileOffsetProducer(file))
    assert reader.offset({"p": "1"}) is None
    writer.write([({"p": "1"}, {"n": 1})], 5)
    workers.read_to_end(1)
    assert workers.offset("c", {"p": "1"}) == {"n": 1}
    workers.put("c", [({"p": "1"}, {"n": 2}), ({"p": "2"}, {"n": 3})])
    assert reader.offset({"p": "1"}) == {"n": 2}
    writer.begin([({"p": "2"}, {"n": 4})])
    assert writer.done()
    workers.put("c", [({"p": "1"}, None)])
    assert reader.offset({"p": "1"}) is None
    assert workers.offsets("c") == [({"p": "2"}, {"n": 4})]


def test_another_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes"
    path.write_text("some text that is none of ours")
    with pytest.raises(ConfigError, match="neither an SQLite file nor one of Kafka Connect"):
        prepare_offset_file(str(path))
    assert path.read_text() == "some text that is none of ours"
    with pytest.raises(ConfigError, match="cannot be used"):
        prepare_offset_file(str(tmp_path / "no" / "such" / "folder"))


def test_a_file_that_went_away_is_told(tmp_path: Path) -> None:
    producer = FileOffsetProducer(offset_file(str(tmp_path / "no" / "file")))
    producer.send(EncodedRecord("x", None, b"k", b"v", []))
    with pytest.raises(ConnectError, match="The file of offsets"):
        producer.outstanding()
