"""Commits: the order of waiting and storing, and what a commit that does not succeed leaves behind."""

from __future__ import annotations

import pytest

from rowtide.connect.record import ListBatch, RecordBatch
from rowtide.errors import ConnectError
from rowtide.runtime.task.commit import Committer


class Records:
    """Stands for the records' producer: some of them are not acknowledged, or one has failed."""

    def __init__(self, log: list[object]) -> None:
        self.log = log
        self.under_way = 0
        self.marks = self.acknowledged_mark = 0
        self.failure: ConnectError | None = None

    def flush(self, timeout_s: float) -> int:
        self.log.append("flush")
        return self.under_way

    def mark(self, patience_s: float) -> int:
        self.patience_s = patience_s
        self.marks += 1
        return self.marks

    def acknowledged(self, mark: int) -> bool:
        return mark <= self.acknowledged_mark

    def outstanding(self) -> int:
        return self.under_way

    def raise_failure(self) -> None:
        if self.failure is not None:
            raise self.failure


class Offsets:
    """Stands for the offsets topic; keeps what was stored in it."""

    def __init__(self, log: list[object]) -> None:
        self.log = log
        self.failure: ConnectError | None = None
        self.acknowledged = True

    def write(self, offsets, timeout_s: float) -> None:
        if self.failure is not None:
            raise self.failure
        self.log.append([(dict(partition), dict(offset)) for partition, offset in offsets])

    def begin(self, offsets) -> None:
        self.write(offsets, 0)

    def done(self) -> bool:
        return self.acknowledged


class Counting(RecordBatch):
    """A batch of which each record has an offset of its own."""

    def __init__(self, server: str, first: int, size: int) -> None:
        self.source_partition = {"server": server}
        self._first, self._size = first, size

    def __len__(self):
        return self._size

    def __iter__(self):
        return iter(())

    def source_offset(self, index):
        return {"pos": self._first + index}


class Case:
    def __init__(self) -> None:
        self.log: list[object] = []
        self.records, self.offsets = Records(self.log), Offsets(self.log)
        self.committer = Committer("c-0", self.records, self.offsets, lambda: self.acknowledged)

    def acknowledged(self) -> None:
        self.log.append("acknowledged")

    def stored(self) -> list[object]:
        return [entry for entry in self.log if isinstance(entry, list)]


@pytest.fixture
def case() -> Case:
    return Case()


def test_offset_is_stored_after_the_records_are_acknowledged(case):
    case.committer.sent(Counting("a", 10, 5), 4)
    assert case.committer.commit(5) is True
    assert case.log == ["flush", "acknowledged", [({"server": "a"}, {"pos": 14})]]
    assert case.committer.counts.last_offset == {"pos": 14}
    assert not case.committer.pending


def test_unacknowledged_records_hold_the_offset_back_until_the_next_commit(case):
    case.committer.sent(Counting("a", 10, 5), 4)
    case.records.under_way = 3
    assert case.committer.commit(5) is False
    assert case.log == ["flush"]
    assert case.committer.pending
    case.records.under_way = 0
    assert case.committer.commit(5) is True
    assert case.stored() == [[({"server": "a"}, {"pos": 14})]]
    assert (case.committer.counts.failures, case.committer.counts.successes) == (1, 1)


def test_failed_record_ends_it(case):
    case.committer.sent(Counting("a", 10, 5), 4)
    case.records.failure = ConnectError("refused")
    for call in (case.committer.check, lambda: case.committer.commit(5)):
        with pytest.raises(ConnectError, match="refused"):
            call()
    assert case.stored() == []


def test_offset_that_cannot_be_stored_is_stored_by_the_next_commit(case):
    case.committer.sent(Counting("a", 10, 5), 4)
    case.offsets.failure = ConnectError("away")
    assert case.committer.commit(5) is False
    case.offsets.failure = None
    case.committer.sent(Counting("a", 15, 5), 1)
    assert case.committer.commit(5) is True
    assert case.stored() == [[({"server": "a"}, {"pos": 16})]]


def test_nothing_new_is_a_success_without_a_write(case):
    assert case.committer.commit(5) is True
    assert case.log == ["flush", "acknowledged"]


def test_partly_sent_batch_counts_up_to_its_last_sent_record(case):
    case.committer.sent(Counting("a", 10, 5), 1)
    case.committer.commit(5)
    assert case.stored() == [[({"server": "a"}, {"pos": 11})]]


def test_each_source_partition_has_its_own_offset_the_newest_last(case):
    case.committer.sent(Counting("a", 10, 5), 4)
    case.committer.sent(Counting("b", 20, 5), 4)
    case.committer.sent(Counting("a", 30, 5), 0)
    case.committer.commit(5)
    assert case.stored() == [[({"server": "b"}, {"pos": 24}), ({"server": "a"}, {"pos": 30})]]
    assert case.committer.counts.last_offset == {"pos": 30}


def test_batch_with_one_offset_for_all_records(case):
    case.committer.sent(ListBatch({"server": "a"}, {"pos": 1}, []), 0)
    case.committer.commit(5)
    assert case.stored() == [[({"server": "a"}, {"pos": 1})]]


def test_commit_under_way_stores_what_was_sent_before_it_and_lets_more_be_sent(case):
    case.committer.sent(Counting("a", 10, 5), 4)
    case.committer.begin(5)
    case.committer.sent(Counting("a", 15, 5), 4)
    assert case.committer.progress() is None
    assert case.log == []
    case.records.acknowledged_mark = 1
    assert case.committer.progress() is True
    assert case.log == ["acknowledged", [({"server": "a"}, {"pos": 14})]]
    assert not case.committer.under_way
    assert case.committer.pending, "the later batch is for the next commit"
    case.committer.begin(5)
    case.records.acknowledged_mark = 2
    assert case.committer.progress() is True
    assert case.stored()[-1] == [({"server": "a"}, {"pos": 19})]
    assert not case.committer.pending


def test_commit_under_way_ends_when_its_offsets_are_acknowledged(case):
    case.records.acknowledged_mark = 1
    case.offsets.acknowledged = False
    case.committer.sent(Counting("a", 10, 5), 4)
    case.committer.begin(5)
    assert case.committer.progress() is None
    assert case.committer.progress() is None
    assert case.stored() == [[({"server": "a"}, {"pos": 14})]], "they are sent once"
    assert case.committer.counts.last_offset is None
    case.offsets.acknowledged = True
    assert case.committer.progress() is True
    assert case.committer.counts.last_offset == {"pos": 14}


@pytest.mark.parametrize("acknowledged", [False, True])
def test_commit_under_way_is_given_up_after_its_time(case, acknowledged):
    case.committer.sent(Counting("a", 10, 5), 4)
    case.records.acknowledged_mark = int(acknowledged)
    case.offsets.acknowledged = False
    case.committer.begin(-1)
    assert case.committer.progress() is False
    assert not case.committer.under_way
    assert case.committer.pending
    assert case.committer.counts.failures == 1
    assert len(case.stored()) == acknowledged, "nothing is stored before the records are acknowledged"


def test_failed_record_ends_a_commit_under_way_before_anything_is_stored(case):
    case.committer.sent(Counting("a", 10, 5), 4)
    case.committer.begin(5)
    case.records.acknowledged_mark = 1
    case.records.failure = ConnectError("refused")
    with pytest.raises(ConnectError, match="refused"):
        case.committer.progress()
    assert case.stored() == []


def test_offsets_refused_under_way_are_stored_by_the_next_commit(case):
    case.records.acknowledged_mark = 2
    case.committer.sent(Counting("a", 10, 5), 4)
    case.offsets.failure = ConnectError("away")
    case.committer.begin(5)
    assert case.committer.progress() is False
    case.offsets.failure = None
    case.committer.begin(5)
    assert case.committer.progress() is True
    assert case.stored() == [[({"server": "a"}, {"pos": 14})]]


def test_waiting_commit_takes_the_place_of_the_one_under_way(case):
    case.committer.sent(Counting("a", 10, 5), 4)
    case.committer.begin(5)
    assert case.committer.commit(5) is True
    assert case.committer.progress() is None
    assert case.stored() == [[({"server": "a"}, {"pos": 14})]]
