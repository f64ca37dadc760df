"""Runs scenarios through connectors of several workers, some scenarios at a time, all on one server.

To start a connector takes seconds, in which nothing may be written to the server, as all connectors of a scenario have
to begin at the same place of its log. So those of several scenarios are started together, and the scenarios' changes
are made one after the other once all stream.
"""

from __future__ import annotations

import itertools
import json
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pymysql
import requests
from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient

from rowtide_dev.connect_rest import ConnectRest
from rowtide_dev.errors import DevError
from rowtide_dev.topic_reading import read_topics
from tests.reference import comparison
from tests.reference.scenario import Scenario

LAST_TABLE = "zz_last"
CONNECTOR_CLASSES = {
    "mariadb": "io.debezium.connector.mariadb.MariaDbConnector",
    "mysql": "io.debezium.connector.mysql.MySqlConnector",
}
JSON_CONVERTER = "org.apache.kafka.connect.json.JsonConverter"
BATCH_SIZE = 6
START_TIMEOUT_S = 120
ARRIVAL_TIMEOUT_S = 90
OFFSETS_QUIET_S = 6.0  # longer than a flush interval of 5 s
OFFSETS_DIFFER_QUIET_S = 20.0
OFFSETS_TIMEOUT_S = 60
LOOK_S = 0.5
AT_ONCE = 4
_NOT_YET = (
    KafkaError.NOT_LEADER_FOR_PARTITION,
    KafkaError.LEADER_NOT_AVAILABLE,
    KafkaError.UNKNOWN_TOPIC_OR_PART,
    KafkaError._UNKNOWN_PARTITION,
    KafkaError._UNKNOWN_TOPIC,
)
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class DatabaseServer:
    """Attributes:
    flavor: "mariadb" or "mysql".
    port: on 127.0.0.1; users root (no password) and cdc (password cdc).
    """

    flavor: str
    port: int

    def connect(self) -> Any:
        return pymysql.connect(host="127.0.0.1", port=self.port, user="root", autocommit=True, charset="utf8mb4")


@dataclass(frozen=True, slots=True)
class Places:
    """Attributes:
    workers: REST address of each side's worker, by a name for the side.
    kafka: bootstrap servers.
    registry: for `schema.registry.url`.
    """

    workers: dict[str, str]
    kafka: str
    registry: str


@dataclass(frozen=True, slots=True)
class Side:
    """A worker that takes part, and the topic prefix and name of its connector."""

    name: str
    rest: ConnectRest
    prefix: str


@dataclass(slots=True)
class Outcome:
    """What came of one scenario on one server.

    Attributes:
        captured: what each side wrote: its records in comparable form, its committed offsets as a last one.
        failure: why there is nothing to compare; empty if there is.
    """

    scenario: Scenario
    server: DatabaseServer
    captured: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    failure: str = ""

    def differences(self) -> list[str]:
        """One line for each; none means that both sides wrote the same."""
        if self.failure:
            return [self.failure]
        expected, *others = self.captured.values()
        if len(expected) < 2:
            return ["the reference wrote nothing: the scenario shows nothing"]
        return [line for other in others for line in comparison.differences(expected, other)]


def run(scenarios: Iterable[Scenario], places: Places, server: DatabaseServer) -> Iterator[Outcome]:
    """Run the scenarios that are for this kind of server. One that fails beside others is run again by itself."""
    wanted = [scenario for scenario in scenarios if server.flavor in scenario.flavors]
    together = [scenario for scenario in wanted if not scenario.for_itself]
    batches = [together[i : i + BATCH_SIZE] for i in range(0, len(together), BATCH_SIZE)]
    for batch in batches:
        placed = [scenario.placed(f"tw{DIGITS[i // 36]}{DIGITS[i % 36]}") for i, scenario in enumerate(batch)]
        for scenario, outcome in zip(batch, Batch(placed, places, server).run(), strict=True):
            again = outcome.failure and len(batch) > 1
            yield Batch([scenario], places, server).run()[0] if again else outcome
    for scenario in wanted:
        if scenario.for_itself:
            yield Batch([scenario], places, server).run()[0]


class Entry:
    """One scenario of a batch."""

    def __init__(self, scenario: Scenario, places: Places, server: DatabaseServer) -> None:
        self.outcome = Outcome(scenario, server)
        self.scenario = scenario
        self.session = server.connect()
        run_id = uuid.uuid4().hex[:8]
        # Prefixes of equal length, so that nothing that is cut to a length differs.
        self.sides = [
            Side(name, ConnectRest(url), f"tw{number}{run_id}")
            for number, (name, url) in enumerate(places.workers.items())
        ]

    @property
    def well(self) -> bool:
        return not self.outcome.failure

    def execute(self, statements: list[str]) -> None:
        with self.session.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def prepare(self) -> None:
        name = self.scenario.database
        self.execute(
            [f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name} CHARACTER SET utf8mb4", f"USE {name}"]
        )
        self.execute([f"CREATE TABLE {LAST_TABLE} (id INT PRIMARY KEY)", *self.scenario.statements("before.sql")])

    def change(self) -> None:
        self.execute([*self.scenario.statements("changes.sql"), f"INSERT INTO {LAST_TABLE} VALUES (1)"])
        self.execute(self.scenario.statements("after.sql"))

    def look_for_failures(self) -> None:
        """Raises DevError with the trace of a connector that failed."""
        for side in self.sides:
            if trace := side.rest.failure(side.prefix):
                causes = [line[:500] for line in trace.splitlines() if not line.startswith(("\t", "    "))]
                raise DevError(f"{side.name} failed: " + " | ".join(causes))

    def end(self) -> None:
        for side in self.sides:
            if side.prefix in side.rest.connectors():
                side.rest.delete(side.prefix)


class Batch:
    """Scenarios that run at the same time, each in the database that it names."""

    def __init__(self, scenarios: list[Scenario], places: Places, server: DatabaseServer) -> None:
        self._places = places
        self._server = server
        self._scenarios = scenarios
        self._entries: list[Entry] = []
        self._admin = AdminClient({"bootstrap.servers": places.kafka})
        self._schemas: dict[int, Any] = {}

    def run(self) -> list[Outcome]:
        with ExitStack() as stack:
            for scenario in self._scenarios:
                self._entries.append(Entry(scenario, self._places, self._server))
                stack.callback(self._entries[-1].session.close)
            try:
                self._go()
            finally:
                self._end()
        return [entry.outcome for entry in self._entries]

    def _go(self) -> None:
        self._each(Entry.prepare)
        control = self._server.connect()
        with control:
            before = _dump_threads(control)
            self._at_once(self._start)
            self._wait_until_all_stream(control, before)
        self._each(Entry.change)
        self._wait_for_the_last_rows()
        offsets = self._settled_offsets()
        self._capture(offsets)

    def _well(self) -> list[Entry]:
        return [entry for entry in self._entries if entry.well]

    def _each(self, action: Callable[[Entry], None]) -> None:
        """Does it with every entry that has not failed; what it raises becomes the entry's failure."""
        for entry in self._well():
            self._attempt(action, entry)

    def _at_once(self, action: Callable[[Entry], None]) -> None:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(lambda entry: self._attempt(action, entry), self._well()))

    def _attempt(self, action: Callable[[Entry], None], entry: Entry) -> None:
        try:
            action(entry)
        except (DevError, pymysql.MySQLError, requests.RequestException, OSError, ValueError) as error:
            entry.outcome.failure = f"{type(error).__name__}: {error}"
            entry.end()

    def _start(self, entry: Entry) -> None:
        for number, side in enumerate(entry.sides):
            side.rest.put_config(side.prefix, self._config(entry.scenario, side, number))

    def _config(self, scenario: Scenario, side: Side, number: int) -> dict[str, str]:
        words = {"{prefix}": side.prefix, "{registry}": self._places.registry, "{flavor}": self._server.flavor}
        given = scenario.config
        for word, value in words.items():
            given = {name: text.replace(word, value) for name, text in given.items()}
        return {
            "connector.class": CONNECTOR_CLASSES[self._server.flavor],
            "tasks.max": "1",
            "database.hostname": "127.0.0.1",
            "database.port": str(self._server.port),
            "database.user": "cdc",
            "database.password": "cdc",
            "database.server.id": str(int(uuid.uuid4().hex[:5], 16) * 4 + 10_000 + number),
            "topic.prefix": side.prefix,
            "database.include.list": scenario.database,
            "schema.history.internal.kafka.bootstrap.servers": self._places.kafka,
            "schema.history.internal.kafka.topic": f"{side.prefix}.history",
            "key.converter": JSON_CONVERTER,
            "value.converter": JSON_CONVERTER,
            **given,
        }

    def _wait_until_all_stream(self, control: Any, before: set[int]) -> None:
        """Connectors stream when the server sends each the binlog.

        One that connects twice would count for another, so each must have begun its schema history as well, which it
        does once the place of its snapshot is fixed.
        """
        consumer = Consumer({"bootstrap.servers": self._places.kafka, "group.id": f"begun-{uuid.uuid4().hex}"})

        def begun(prefix: str) -> bool:
            history = TopicPartition(f"{prefix}.history", 0)
            return history.topic in consumer.list_topics(timeout=20).topics and bool(_end(consumer, history))

        def streaming() -> bool:
            sides = [side for entry in self._well() for side in entry.sides]
            return len(_dump_threads(control) - before) >= len(sides) and all(begun(side.prefix) for side in sides)

        try:
            self._wait(streaming, START_TIMEOUT_S, "not all of its connectors stream")
        finally:
            consumer.close()

    def _wait(self, condition: Callable[[], bool], timeout_s: float, otherwise: str) -> None:
        deadline = time.monotonic() + timeout_s
        for turn in itertools.count():
            if condition():
                return
            if turn % 4 == 3:
                self._each(Entry.look_for_failures)
            if time.monotonic() > deadline:
                for entry in self._well():
                    entry.outcome.failure = f"{otherwise} after {timeout_s} s"
                return
            time.sleep(LOOK_S)

    def _topics(self, entry: Entry, side: Side, names: Iterable[str]) -> list[str]:
        return sorted(name for name in names if side.prefix in name)

    def _wait_for_the_last_rows(self) -> None:
        waiting = {side.prefix for entry in self._well() for side in entry.sides}
        consumer = Consumer({"bootstrap.servers": self._places.kafka, "group.id": f"last-{uuid.uuid4().hex}"})

        def all_arrived() -> bool:
            waiting.intersection_update(side.prefix for entry in self._well() for side in entry.sides)
            topics = consumer.list_topics(timeout=20).topics
            for name in [name for name in topics if LAST_TABLE in name.replace("_u005f", "_")]:
                if arrived := [prefix for prefix in waiting if prefix in name]:
                    partitions = [TopicPartition(name, number) for number in topics[name].partitions]
                    if any(_end(consumer, partition) for partition in partitions):
                        waiting.difference_update(arrived)
            return not waiting

        try:
            self._wait(all_arrived, ARRIVAL_TIMEOUT_S, "its last row, or that of one beside it, did not arrive")
        finally:
            consumer.close()

    def _settled_offsets(self) -> dict[str, Any]:
        """Each connector's committed offsets by its name, once none has changed for a while."""
        current: dict[str, Any] = {}
        changed = begun = time.monotonic()
        quiet_s = OFFSETS_QUIET_S
        while time.monotonic() - changed < quiet_s and time.monotonic() - begun < OFFSETS_TIMEOUT_S:
            sides = [side for entry in self._well() for side in entry.sides]
            with ThreadPoolExecutor(AT_ONCE) as pool:
                found = pool.map(lambda side: side.rest.offsets(side.prefix), sides)
                now = dict(zip((side.prefix for side in sides), found, strict=True))
            if now != current:
                current, changed = now, time.monotonic()
                quiet_s = OFFSETS_QUIET_S if self._agree(now) else OFFSETS_DIFFER_QUIET_S
            time.sleep(LOOK_S)
        self._each(Entry.look_for_failures)
        return current

    def _agree(self, offsets: dict[str, Any]) -> bool:
        """Whether each scenario's sides have committed the same."""
        return all(
            len({repr(comparison.renamed(offsets.get(side.prefix), side.prefix)) for side in entry.sides}) == 1
            for entry in self._well()
        )

    def _capture(self, offsets: dict[str, Any]) -> None:
        names = self._admin.list_topics(timeout=20).topics
        sides = [(entry, side) for entry in self._well() for side in entry.sides]
        by_topic = read_topics(
            self._places.kafka, [n for entry, side in sides for n in self._topics(entry, side, names)]
        )
        for entry, side in sides:
            prefix = side.prefix
            records = [
                comparison.decoded(record, prefix, self._schema)
                for name in self._topics(entry, side, names)
                for record in by_topic[name]
            ]
            committed = {"topic": "(committed offsets)", "value": comparison.renamed(offsets[prefix], prefix)}
            entry.outcome.captured[side.name] = [*records, committed]

    def _schema(self, number: int) -> Any:
        if number not in self._schemas:
            answer = requests.get(f"{self._places.registry}/schemas/ids/{number}", timeout=30)
            answer.raise_for_status()
            self._schemas[number] = json.loads(answer.json()["schema"])
        return self._schemas[number]

    def _end(self) -> None:
        """Leaves nothing behind: neither connectors, topics nor databases."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(Entry.end, self._entries))
        prefixes = [side.prefix for entry in self._entries for side in entry.sides]
        mine = [name for name in self._admin.list_topics(timeout=20).topics if any(p in name for p in prefixes)]
        if mine:
            for future in self._admin.delete_topics(mine).values():
                future.exception()
        for entry in self._entries:
            with self._server.connect() as control, control.cursor() as cursor:
                cursor.execute(f"DROP DATABASE IF EXISTS {entry.scenario.database}")


def _end(consumer: Consumer, partition: TopicPartition) -> int:
    """The offset after the last record; 0 also while the broker makes the partition, whose topic it shows already."""
    try:
        return int(consumer.get_watermark_offsets(partition, timeout=20)[1])
    except KafkaException as error:
        if error.args[0].code() not in _NOT_YET:
            raise
        return 0


def _dump_threads(control: Any) -> set[int]:
    with control.cursor() as cursor:
        cursor.execute("SELECT id FROM information_schema.processlist WHERE command LIKE 'Binlog Dump%'")
        return {row[0] for row in cursor.fetchall()}
