"""The requests that a Java worker and ours are asked in turn: such as kcctl, UIs, operators and the careless send."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

JSON = {"Content-Type": "application/json"}
CLASS = "org.example.CounterConnector"
DEFAULT_BODY = b"\0"


@dataclass(frozen=True, slots=True)
class Step:
    """One request.

    Attributes:
        body: sent as JSON; bytes are sent as they are.
        then: states of connector and tasks to wait for afterwards, by connector.
        topics: the connector that has to have written to its topic afterwards.
        gone: the connector whose statuses have to disappear afterwards.
    """

    method: str
    path: str
    body: object = DEFAULT_BODY
    headers: Mapping[str, str] = field(default_factory=dict)
    then: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    topics: str = ""
    gone: str = ""

    @property
    def name(self) -> str:
        if self.body is DEFAULT_BODY:
            shown = ""
        else:
            shown = self.body.decode(errors="replace") if isinstance(self.body, bytes) else json.dumps(self.body)
        headers = "".join(f" {name}: {value}" for name, value in self.headers.items())
        return f"{self.method} {self.path}{headers} {shown[:160]}".strip()

    def data(self) -> tuple[bytes | None, dict[str, str]]:
        """Body and headers."""
        if self.body is DEFAULT_BODY:
            return None, dict(self.headers)
        body = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        return body, {**JSON, **self.headers}


def config(name: str, /, **more: object) -> dict[str, object]:
    return {"connector.class": CLASS, "topic": f"{name}-data", "count": 3, **more}


RUNNING = ("RUNNING", "RUNNING")


class _Run:
    """The names of connectors in one run of the sequence."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self.a, self.b, self.c, self.odd = f"{tag}-a", f"{tag}-b", f"{tag}-c", f"{tag} ö ü"
        self.one = f"/connectors/{self.a}"


def _the_worker_itself(run: _Run) -> Iterator[Step]:
    one = run.one
    yield Step("GET", "/")
    yield Step("GET", "/health")
    yield Step("GET", "/connectors")
    yield Step("GET", "/connectors/")
    yield Step("GET", "/connectors?expand=info&expand=status")
    yield Step("GET", "/connectors?expand=nonsense")
    yield Step("HEAD", "/connectors")
    yield Step("OPTIONS", "/connectors")
    yield Step("OPTIONS", f"{one}/config")
    yield Step("DELETE", "/connectors")
    yield Step("PUT", "/")
    yield Step("GET", "/nothing")
    yield Step("GET", "/connectors/a/b/c/d/e")
    yield Step("GET", "/", headers={"Accept": "text/html"})
    yield Step("GET", "/", headers={"Accept": "text/html, */*;q=0.1"})


def _plugins(run: _Run) -> Iterator[Step]:
    a = run.a
    yield Step("GET", "/connector-plugins/org.example.CounterConnector/config")
    yield Step("GET", "/connector-plugins/Counter/config")
    yield Step("GET", "/connector-plugins/org.apache.kafka.connect.transforms.InsertField$Value/config")
    yield Step("GET", "/connector-plugins/org.apache.kafka.connect.json.JsonConverter/config")
    yield Step("GET", "/connector-plugins/org.apache.kafka.connect.transforms.predicates.TopicNameMatches/config")
    yield Step("GET", "/connector-plugins/Nothing/config")
    yield Step("POST", "/connector-plugins", {})
    validate = "/connector-plugins/Counter/config/validate"
    yield Step("PUT", validate, config(a, name=a))
    yield Step("PUT", f"{validate}/", config(a, name=a))
    yield Step("PUT", validate, {"connector.class": CLASS})
    yield Step("PUT", validate, config(a, name=a, count="many"))
    yield Step("PUT", validate, config(a, name=a, count=-1))
    yield Step("PUT", validate, config(a, name=""))
    yield Step("PUT", validate, config(a, name=a, topic=None))
    yield Step("PUT", validate, config(a, name=a, password="secret"))
    yield Step("PUT", validate, config(a, name=a, **{"tasks.max": 0, "errors.tolerance": "some"}))
    yield Step("PUT", validate, config(a, name=a, **{"transforms": "t", "transforms.t.type": "Nothing"}))
    insert = "org.apache.kafka.connect.transforms.InsertField$Value"
    yield Step("PUT", validate, config(a, name=a, **{"transforms": "t", "transforms.t.type": insert}))
    yield Step("PUT", validate, config(a, name=a, **{"transforms": "t,t", "transforms.t.type": insert}))
    yield Step("PUT", validate, config(a, name=a, transforms="t"))
    match = {"predicates.p.type": "org.apache.kafka.connect.transforms.predicates.TopicNameMatches"}
    yield Step("PUT", validate, config(a, name=a, predicates="p", **match))
    yield Step("PUT", validate, config(a, name=a, **{"topic.creation.default.partitions": "1"}))
    created = {"topic.creation.default.partitions": "2", "topic.creation.default.replication.factor": "1"}
    yield Step("PUT", validate, config(a, name=a, **created))
    yield Step("PUT", validate, config(a, name=a, **created, **{"topic.creation.groups": "g"}))
    yield Step("PUT", validate, config(a, name=a, **{"value.converter": "Nothing"}))
    yield Step("PUT", validate, config(a, name=a, **{"value.converter": "org.apache.kafka.connect.json.JsonConverter"}))
    yield Step("PUT", validate, config(a, name=a, **{"unknown.option": "x"}))
    yield Step("PUT", validate, config(a, name=a, **{"producer.override.acks": "all"}))
    yield Step("PUT", validate, {"connector.class": "Nothing"})
    yield Step("PUT", validate, {"name": a})
    yield Step("PUT", validate, b"{")
    yield Step("PUT", validate, b"[]")
    yield Step("PUT", validate, [config(a)])
    yield Step("PUT", validate, config(a), headers={"Content-Type": "text/plain"})
    yield Step("PUT", "/connector-plugins/Other/config/validate", config(a))
    yield Step("PUT", "/connector-plugins/Nothing/config/validate", {"connector.class": "Nothing"})


def _creation_well_and_badly(run: _Run) -> Iterator[Step]:
    a, b, c, tag = run.a, run.b, run.c, run.tag
    yield Step("POST", "/connectors", b"")
    yield Step("POST", "/connectors", b"{")
    yield Step("POST", "/connectors", b"null")
    yield Step("POST", "/connectors", [])
    yield Step("POST", "/connectors", {})
    yield Step("POST", "/connectors", {"name": a})
    yield Step("POST", "/connectors", {"config": config(a)})
    yield Step("POST", "/connectors", {"name": "", "config": config(a)})
    yield Step("POST", "/connectors", {"name": f"{tag}\u0001x", "config": config(a)})
    yield Step("POST", "/connectors", {"name": a, "config": config(a), "more": 1})
    yield Step("POST", "/connectors", {"name": a, "config": config(a, nested={"x": 1})})
    yield Step("POST", "/connectors", {"name": a, "config": config(a, name=b)})
    yield Step("POST", "/connectors", {"name": a, "config": {"topic": "t"}})
    yield Step("POST", "/connectors", {"name": a, "config": {"connector.class": CLASS}})
    yield Step("POST", "/connectors", {"name": a, "config": {"connector.class": "Nothing"}})
    yield Step("POST", "/connectors", {"name": a, "config": config(a, count="x", **{"tasks.max": "y"})})
    yield Step("POST", "/connectors", {"name": f"{tag}-null", "config": config(a, topic=None)})
    yield Step("DELETE", f"/connectors/{tag}-null")
    yield Step("POST", "/connectors", {"name": a, "config": config(a), "initial_state": "SLEEPING"})
    yield Step("POST", "/connectors", b"name=a", headers={"Content-Type": "application/x-www-form-urlencoded"})
    yield Step("POST", "/connectors", {"name": a, "config": config(a, flag=True, size=1.5)}, then={a: RUNNING},
               topics=a)  # fmt: skip
    yield Step("POST", "/connectors", {"name": a, "config": config(a)})
    yield Step("POST", "/connectors", {"name": f" {b} ", "config": config(b), "initial_state": "paused"},
               then={b: ("PAUSED",)})  # fmt: skip
    yield Step("POST", "/connectors", {"name": c, "config": config(c), "initial_state": "STOPPED"},
               then={c: ("STOPPED",)})  # fmt: skip


def _reading(run: _Run) -> Iterator[Step]:
    a, b, c, tag, one = run.a, run.b, run.c, run.tag, run.one
    yield Step("GET", "/connectors")
    yield Step("GET", "/connectors?expand=status")
    yield Step("GET", "/connectors?expand=info")
    yield Step("GET", "/connectors?expand=info&expand=status")
    for name in (a, b, c, f"{tag}-none"):
        for what in ("", "/", "/config", "/status", "/tasks", "/tasks/0/status", "/offsets"):
            yield Step("GET", f"/connectors/{name}{what}")
    yield Step("GET", f"/connectors/{a}/topics")
    yield Step("GET", f"/connectors/{tag}-none/topics")
    yield Step("GET", f"{one}/tasks/7/status")
    yield Step("GET", f"{one}/tasks/x/status")
    yield Step("GET", f"{one}/tasks-config")
    yield Step("GET", f"{one}/config", headers={"Accept": "application/xml"})


def _changing(run: _Run) -> Iterator[Step]:
    a, b, tag, one = run.a, run.b, run.tag, run.one
    yield Step("PUT", f"{one}/config", config(a, count=4), then={a: RUNNING})
    yield Step("PUT", f"{one}/config", config(a, count=4, **{"tasks.max": 2, "tasks": 2}),
               then={a: ("RUNNING", "RUNNING", "RUNNING")})  # fmt: skip
    yield Step("GET", f"{one}/tasks")
    yield Step("PUT", f"{one}/config", config(a, count=4), then={a: RUNNING})
    yield Step("GET", f"{one}/status")
    yield Step("PUT", f"{one}/config", config(a, name=b))
    yield Step("PUT", f"{one}/config", {"connector.class": CLASS})
    yield Step("PUT", f"{one}/config", b"{")
    yield Step("PUT", f"{one}/config", b"")
    yield Step("PUT", f"{one}/config", {})
    yield Step("PUT", f"{one}/config", [])
    yield Step("PATCH", f"{one}/config", {"count": 5, "counter": None, "extra": "x"}, then={a: RUNNING})
    yield Step("PATCH", f"{one}/config", {"extra": None}, then={a: RUNNING})
    yield Step("PATCH", f"{one}/config", {"count": "x"})
    yield Step("PATCH", f"{one}/config", {"name": b})
    yield Step("PATCH", f"{one}/config", {"name": a}, then={a: RUNNING})
    yield Step("PATCH", f"{one}/config", {"connector.class": None})
    yield Step("PATCH", f"{one}/config", b"[]")
    yield Step("PATCH", f"/connectors/{tag}-none/config", {"count": 5})
    yield Step("GET", f"{one}/config")


def _states(run: _Run) -> Iterator[Step]:
    a, tag, one = run.a, run.tag, run.one
    yield Step("PUT", f"{one}/pause", then={a: ("PAUSED", "PAUSED")})
    yield Step("PUT", f"{one}/pause", {}, then={a: ("PAUSED", "PAUSED")})
    yield Step("GET", f"{one}/status")
    yield Step("PUT", f"{one}/resume", then={a: RUNNING})
    yield Step("PUT", f"/connectors/{tag}-none/pause")
    yield Step("PUT", f"/connectors/{tag}-none/resume")
    yield Step("PUT", f"/connectors/{tag}-none/stop")
    yield Step("GET", f"{one}/pause")
    yield Step("POST", f"{one}/restart", then={a: RUNNING})
    yield Step("POST", f"{one}/restart?includeTasks=true&onlyFailed=true")
    yield Step("POST", f"{one}/restart?includeTasks=true&onlyFailed=false", then={a: RUNNING})
    yield Step("POST", f"{one}/restart?includeTasks=yes", then={a: RUNNING})
    yield Step("POST", f"{one}/restart?onlyFailed=TRUE", then={a: RUNNING})
    yield Step("POST", f"/connectors/{tag}-none/restart")
    yield Step("POST", f"/connectors/{tag}-none/restart?includeTasks=true")
    yield Step("POST", f"{one}/tasks/0/restart", then={a: RUNNING})
    yield Step("POST", f"{one}/tasks/9/restart")
    yield Step("POST", f"/connectors/{tag}-none/tasks/0/restart")
    yield Step("POST", f"{one}/tasks", [{"a": "b"}])
    yield Step("PUT", f"{one}/fence")


def _topics(run: _Run) -> Iterator[Step]:
    tag, one = run.tag, run.one
    yield Step("PUT", f"{one}/topics/reset")
    yield Step("PUT", f"/connectors/{tag}-none/topics/reset")


def _offsets(run: _Run) -> Iterator[Step]:
    a, tag, one = run.a, run.tag, run.one
    offsets = {"offsets": [{"partition": {"counter": "c"}, "offset": {"position": 1}}]}
    yield Step("GET", f"{one}/offsets")
    yield Step("PATCH", f"{one}/offsets", offsets)
    yield Step("DELETE", f"{one}/offsets")
    yield Step("PUT", f"{one}/stop", then={a: ("STOPPED",)})
    yield Step("PUT", f"{one}/stop", then={a: ("STOPPED",)})
    yield Step("GET", f"{one}/status")
    yield Step("GET", f"{one}/tasks")
    yield Step("PATCH", f"{one}/offsets", offsets)
    yield Step("GET", f"{one}/offsets")
    yield Step("PATCH", f"{one}/offsets", {"offsets": [{"partition": {"counter": "c"}, "offset": None}]})
    yield Step("GET", f"{one}/offsets")
    yield Step("PATCH", f"{one}/offsets", {"offsets": []})
    yield Step("PATCH", f"{one}/offsets", {})
    yield Step("PATCH", f"{one}/offsets", {"offsets": [{"partition": None, "offset": {"position": 1}}]})
    yield Step("PATCH", f"{one}/offsets", {"offsets": [{"partition": {"counter": ["c"]}, "offset": {"position": 1}}]})
    yield Step("PATCH", f"{one}/offsets", {"offsets": [{"partition": {"counter": "c"}, "offset": 1}]})
    yield Step("PATCH", f"{one}/offsets", b"{")
    yield Step("DELETE", f"{one}/offsets")
    yield Step("PATCH", f"/connectors/{tag}-none/offsets", offsets)
    yield Step("DELETE", f"/connectors/{tag}-none/offsets")
    yield Step("PUT", f"{one}/resume", then={a: RUNNING})


def _failures(run: _Run) -> Iterator[Step]:
    b, c = run.b, run.c
    failing = config(b, **{"fail.start": "true"})
    yield Step("PUT", f"/connectors/{b}/config", failing, then={b: ("PAUSED",)})
    yield Step("PUT", f"/connectors/{b}/resume", then={b: ("RUNNING", "FAILED")})
    yield Step("GET", f"/connectors/{b}/status")
    yield Step("POST", f"/connectors/{b}/restart?includeTasks=true&onlyFailed=true", then={b: ("RUNNING", "FAILED")})
    yield Step("GET", f"/connectors/{b}/tasks/0/status")
    yield Step("PUT", f"/connectors/{c}/config", config(c, **{"fail.connector": "true"}), then={c: ("STOPPED",)})
    yield Step("PUT", f"/connectors/{c}/resume", then={c: ("FAILED",)})
    yield Step("GET", f"/connectors/{c}/status")


def _names(run: _Run) -> Iterator[Step]:
    odd = run.odd
    path = "/connectors/" + quote(odd)
    yield Step("POST", "/connectors", {"name": odd, "config": config("odd")}, then={quote(odd): RUNNING})
    yield Step("GET", path)
    yield Step("GET", f"{path}/status")
    yield Step("PUT", f"{path}/config", config("odd"), then={quote(odd): RUNNING})
    yield Step("DELETE", path, gone=quote(odd))
    yield Step("GET", "/connectors/a%2Fb")
    yield Step("GET", "/connectors/a%2Fb/status")


def _loggers(run: _Run) -> Iterator[Step]:
    yield Step("PUT", "/admin/loggers/org.example", {"level": "DEBUG"})
    yield Step("GET", "/admin/loggers/org.example")
    yield Step("PUT", "/admin/loggers/org.example", {"level": "trace"})
    yield Step("PUT", "/admin/loggers/org.example", {"level": "LOUD"})
    yield Step("PUT", "/admin/loggers/org.example", {})
    yield Step("PUT", "/admin/loggers/org.example?scope=cluster", {"level": "INFO"})
    yield Step("PUT", "/admin/loggers/org.example?scope=elsewhere", {"level": "INFO"})
    yield Step("GET", "/admin/loggers/org.nothing.of.that.name")


def _the_end(run: _Run) -> Iterator[Step]:
    a, b, c, one = run.a, run.b, run.c, run.one
    for name in (a, b, c):
        yield Step("DELETE", f"/connectors/{name}", gone=name)
    yield Step("DELETE", f"/connectors/{a}")
    yield Step("GET", f"{one}/status")
    yield Step("GET", "/connectors?expand=status&expand=info")


_PARTS = (
    _the_worker_itself,
    _plugins,
    _creation_well_and_badly,
    _reading,
    _changing,
    _states,
    _topics,
    _offsets,
    _failures,
    _names,
    _loggers,
    _the_end,
)


def steps(tag: str) -> Iterator[Step]:
    """`tag`: makes the names of connectors this run's own."""
    run = _Run(tag)
    for part in _PARTS:
        yield from part(run)
