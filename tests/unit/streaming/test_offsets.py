"""The restart point as Debezium's BinlogOffsetContext keeps it."""

from rowtide.changes import BinlogOffset
from rowtide.streaming.offsets import OffsetTracker


def tracker() -> OffsetTracker:
    started = OffsetTracker(BinlogOffset("log.000001", 4, gtids="0-1-5"))
    started.server_id = 1
    return started


def open_transaction(stream: OffsetTracker) -> None:
    stream.event_started(100, 42)
    stream.gtid_started("0-1-6", "0-1-6")
    stream.transaction_started()
    stream.event_completed()


def test_inside_a_transaction_the_offset_is_that_of_its_begin_with_a_count_of_events():
    stream = tracker()
    open_transaction(stream)
    stream.event_started(142, 50)
    stream.event_completed()
    stream.event_started(192, 60)
    stream.change_at(1_700_000_000_999_999)
    offset = stream.current()
    assert offset == BinlogOffset("log.000001", 100, gtids="0-1-5", event=2, row=0, server_id=1, ts_sec=1_700_000_000)


def test_after_commit_the_offset_is_the_end_of_the_commit_with_the_transactions_gtid():
    stream = tracker()
    open_transaction(stream)
    stream.event_started(142, 31)
    stream.transaction_completed()
    offset = stream.current()
    assert (offset.pos, offset.gtids, offset.event, offset.row) == (173, "0-1-6", 0, 0)
    stream.event_completed()
    assert stream.current().event == 1


def test_the_next_event_outside_a_transaction_moves_the_offset_to_its_end():
    stream = tracker()
    stream.event_started(300, 20)
    assert stream.current().pos == 320


def test_a_statement_without_commit_keeps_the_gtids_from_before_it():
    stream = tracker()
    open_transaction(stream)
    stream.event_started(142, 80)
    offset = stream.current()
    assert (offset.pos, offset.gtids, offset.event) == (100, "0-1-5", 1)


def test_the_transaction_after_a_statement_without_commit_starts_from_its_gtid():
    stream = tracker()
    open_transaction(stream)
    stream.event_completed()
    stream.event_started(222, 42)
    stream.gtid_started("0-1-7", "0-1-7")
    stream.transaction_started()
    offset = stream.current()
    assert (offset.pos, offset.gtids, offset.event) == (222, "0-1-6", 0)


def test_a_rotation_goes_to_the_start_of_the_new_file():
    stream = tracker()
    stream.rotated("log.000002", 4)
    offset = stream.current()
    assert (offset.file, offset.pos, offset.event) == ("log.000002", 4, 0)


def test_without_gtids_the_transaction_is_named_by_file_and_position():
    stream = OffsetTracker(BinlogOffset("log.000001", 4))
    stream.event_started(100, 42)
    stream.transaction_started()
    assert stream.transaction_id == "file=log.000001,pos=100"
    assert stream.current().gtids is None


def test_the_time_is_that_of_the_last_change_also_in_transactions_that_have_none():
    stream = tracker()
    assert stream.current().ts_sec is None
    stream.change_at(1_700_000_000_000_000)
    stream.event_started(100, 42)
    stream.gtid_started("0-1-6", "0-1-6")
    stream.transaction_started()
    stream.transaction_completed()
    assert stream.current().ts_sec == 1_700_000_000
    assert OffsetTracker(stream.current()).current().ts_sec == 1_700_000_000
