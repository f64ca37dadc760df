"""What is known after records of the config topic, in Connect's rules."""

from __future__ import annotations

import pytest

from rowtide.kafka.log import LogRecord
from rowtide.runtime.storage.config_state import (
    ConfigState,
    ConnectorChanged,
    ConnectorRemoved,
    LoggerLevelChanged,
    RestartRequested,
    SessionKeyChanged,
    TargetStateChanged,
    TasksCommitted,
)
from rowtide.runtime.storage.snapshot import RestartRequest, SessionKey


class Topic:
    """Applies records as the one partition of the config topic would bring them."""

    def __init__(self) -> None:
        self.state = ConfigState()
        self.next_offset = 0

    def put(self, key: str, value: str | None):
        record = LogRecord(key.encode(), None if value is None else value.encode(), 0, self.next_offset, 0)
        self.next_offset += 1
        return self.state.apply(record)

    def connector(self, name: str = "inv", config: str = '{"a":"b"}') -> None:
        self.put(f"connector-{name}", f'{{"properties":{config}}}')

    def tasks(self, *indexes: int, name: str = "inv", value: str = "v") -> None:
        for index in indexes:
            self.put(f"task-{name}-{index}", f'{{"properties":{{"t":"{value}{index}"}}}}')

    def commit(self, count: int, name: str = "inv"):
        return self.put(f"commit-{name}", f'{{"tasks":{count}}}')

    @property
    def now(self):
        return self.state.snapshot()


@pytest.fixture
def topic() -> Topic:
    return Topic()


def test_an_empty_topic_has_offset_minus_one(topic: Topic) -> None:
    assert topic.now.offset == -1
    assert topic.now.connectors == {}


def test_a_connector_starts_as_started(topic: Topic) -> None:
    assert topic.put("connector-inv", '{"properties":{"name":"inv","nul":null}}') == ConnectorChanged("inv")
    assert topic.now.connectors == {"inv": {"name": "inv", "nul": None}}
    assert topic.now.target_state("inv") == "STARTED"
    assert topic.now.offset == 1


def test_an_initial_target_state_is_kept(topic: Topic) -> None:
    assert topic.put("target-state-inv", '{"state":"PAUSED","state.v2":"STOPPED"}') is None
    topic.connector()
    assert topic.now.target_state("inv") == "STOPPED"


@pytest.mark.parametrize(
    ("value", "state"),
    [
        ('{"state":"PAUSED","state.v2":"STOPPED"}', "STOPPED"),
        ('{"state":"PAUSED","state.v2":"PAUSED"}', "PAUSED"),
        ('{"state":"PAUSED"}', "PAUSED"),
        ('{"state":"RUNNING"}', None),
        ('{"state.v2":7}', None),
        ("[]", None),
    ],
)
def test_target_states_prefer_the_second_field(topic: Topic, value: str, state: str | None) -> None:
    topic.connector()
    change = topic.put("target-state-inv", value)
    assert change == (None if state is None else TargetStateChanged("inv"))
    assert topic.now.target_state("inv") == (state or "STARTED")


def test_a_removed_target_state_is_started_while_the_connector_exists(topic: Topic) -> None:
    topic.connector()
    topic.put("target-state-inv", '{"state":"PAUSED","state.v2":"PAUSED"}')
    assert topic.put("target-state-inv", None) is None
    assert topic.now.target_states == {"inv": "STARTED"}


def test_task_configs_wait_for_their_commit(topic: Topic) -> None:
    topic.connector()
    topic.tasks(0, 1)
    assert topic.now.tasks("inv") == []
    assert topic.commit(2) == TasksCommitted("inv")
    assert topic.now.tasks("inv") == [0, 1]
    assert topic.now.all_task_configs("inv") == [{"t": "v0"}, {"t": "v1"}]
    assert topic.now.applied_configs == {"inv": {"a": "b"}}
    assert topic.now.generations == {"inv": 0}
    assert topic.now.pending_fencing == {"inv"}


def test_a_commit_with_holes_makes_the_connector_inconsistent_and_drops_what_waited(topic: Topic) -> None:
    topic.connector()
    topic.tasks(0, 1)
    topic.commit(2)
    topic.tasks(0, 2, value="new")
    assert topic.commit(3) == TasksCommitted("inv")
    assert topic.now.inconsistent == {"inv"}
    assert topic.now.tasks("inv") == []
    assert topic.now.task_counts == {"inv": 3}
    topic.tasks(1, value="new")
    topic.commit(3)
    assert topic.now.inconsistent == {"inv"}, "what waited before the broken commit must not complete a later one"
    topic.tasks(0, 1, 2, value="full")
    topic.commit(3)
    assert topic.now.inconsistent == frozenset()
    assert topic.now.all_task_configs("inv") == [{"t": "full0"}, {"t": "full1"}, {"t": "full2"}]
    assert topic.now.generations == {"inv": 1}


def test_tasks_that_compaction_left_beyond_the_count_are_allowed(topic: Topic) -> None:
    topic.connector()
    topic.tasks(0, 1, 2)
    topic.commit(1)
    assert topic.now.tasks("inv") == [0]


def test_a_commit_of_no_tasks_is_complete_and_keeps_the_generation(topic: Topic) -> None:
    topic.connector()
    topic.tasks(0)
    topic.commit(1)
    assert topic.commit(0) == TasksCommitted("inv")
    assert topic.now.tasks("inv") == []
    assert topic.now.inconsistent == frozenset()
    assert topic.now.generations == {"inv": 0}


def test_the_applied_config_is_the_one_at_the_commit(topic: Topic) -> None:
    topic.connector()
    topic.tasks(0)
    topic.commit(1)
    topic.connector(config='{"a":"later"}')
    assert topic.now.applied_configs == {"inv": {"a": "b"}}
    assert topic.now.connectors == {"inv": {"a": "later"}}


def test_removal_forgets_the_connector_and_its_tasks(topic: Topic) -> None:
    topic.connector()
    topic.tasks(0)
    topic.commit(1)
    topic.tasks(0, value="deferred")
    assert topic.put("connector-inv", None) == ConnectorRemoved("inv")
    topic.put("target-state-inv", None)
    now = topic.now
    assert (now.connectors, now.task_configs, now.task_counts, now.applied_configs) == ({}, {}, {}, {})
    assert now.target_states == {}


def test_what_a_removed_connector_left_behind_does_not_come_back(topic: Topic) -> None:
    topic.tasks(0, name="ghost")
    assert topic.commit(1, name="ghost") is None
    topic.connector("ghost")
    assert topic.commit(1, name="ghost") == TasksCommitted("ghost")
    assert topic.now.inconsistent == {"ghost"}
    assert topic.now.offset == 4


def test_a_tasks_name_may_hold_dashes(topic: Topic) -> None:
    topic.connector("my-inv-2")
    topic.tasks(10, name="my-inv-2")
    for index in range(10):
        topic.tasks(index, name="my-inv-2")
    topic.commit(11, name="my-inv-2")
    assert topic.now.tasks("my-inv-2") == list(range(11))


def test_the_session_key_needs_an_integer_time(topic: Topic) -> None:
    value = '{"key":"AAECAw==","algorithm":"HmacSHA256","creation-timestamp":%s}'
    assert topic.put("session-key", value % "1.5") is None
    assert topic.put("session-key", value % '"1700000000123"') is None
    assert topic.put("session-key", None) is None
    assert topic.now.session_key is None
    key = SessionKey(bytes(range(4)), "HmacSHA256", 1700000000123)
    assert topic.put("session-key", value % "1700000000123") == SessionKeyChanged(key)
    assert topic.now.session_key == key
    assert "x00" not in repr(key)


@pytest.mark.parametrize(
    ("value", "flags"),
    [
        ('{"include-tasks":true,"only-failed":false}', (True, False)),
        ('{"include-tasks":"true","only-failed":1}', (False, False)),
        ("{}", (False, False)),
    ],
)
def test_restart_requests_take_wrong_types_for_false(topic: Topic, value: str, flags: tuple[bool, bool]) -> None:
    assert topic.put("restart-connector-inv", value) == RestartRequested(RestartRequest("inv", *flags))


def test_a_restart_requests_tombstone_means_nothing(topic: Topic) -> None:
    assert topic.put("restart-connector-inv", None) is None
    assert topic.now.offset == 1


def test_fencing_counts_clear_what_is_pending(topic: Topic) -> None:
    topic.connector()
    topic.tasks(0)
    topic.commit(1)
    topic.put("tasks-fencing-inv", '{"task-count":1}')
    assert topic.now.fencing_counts == {"inv": 1}
    assert topic.now.pending_fencing == frozenset()


def test_logger_levels_are_told(topic: Topic) -> None:
    change = topic.put("logger-cluster-org.apache", '{"level":"DEBUG"}')
    assert change == LoggerLevelChanged("org.apache", "DEBUG")


def test_the_offset_counts_processed_records_alone(topic: Topic) -> None:
    topic.connector()
    topic.put("unknown-key", "{}")
    assert topic.now.offset == 2
    topic.put("connector-broken", "{not json")
    assert topic.now.offset == 2, "what cannot be decoded does not move the offset"
    topic.put("connector-odd", '{"no properties":1}')
    assert topic.now.offset == 4
    assert set(topic.now.connectors) == {"inv"}


def test_a_record_without_key_does_not_stop_the_reader(topic: Topic) -> None:
    assert topic.state.apply(LogRecord(None, b"{}", 0, 7, 0)) is None
    assert topic.now.offset == 8


def test_a_snapshot_does_not_change_later(topic: Topic) -> None:
    topic.connector()
    before = topic.now
    topic.put("connector-inv", None)
    assert set(before.connectors) == {"inv"}
