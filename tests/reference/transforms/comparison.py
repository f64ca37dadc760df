"""One transform or predicate over the same records, by the Java original and by ours, and whether they agree."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from rowtide.config.definition import to_text
from rowtide.connect.record import SourceRecord
from rowtide.errors import ConfigError, RowtideError
from rowtide.runtime.plugins import Plugin, PluginKind, PluginRegistry, load
from rowtide_dev import jars
from rowtide_dev.java_program import JavaProgram
from rowtide_dev.reference import WORKERS_OWN
from tests.reference.transforms import wire

_SOURCE = Path(__file__).with_name("Transforms.java")
_CONFIG_EXCEPTION = "org.apache.kafka.common.config.ConfigException"
_UNINTENDED = tuple(f"java.lang.{name}Exception" for name in ("NullPointer", "ClassCast", "ArrayIndexOutOfBounds"))
_REASON = re.compile(r"(Invalid regex: |must be a Java-compatible regular expression: ).*", re.DOTALL)
_FURTHER = re.compile(r"\n(?=Invalid value |Configuration |Missing required )")
WORDLESS = "(an error that was not foreseen)"


class Java:
    """A JVM that runs the originals, one request after the other."""

    def __init__(self, log: Path) -> None:
        folders = [jars.folder("kafka"), jars.folder("debezium-mysql", without=WORKERS_OWN)]
        locale = ("-Duser.timezone=UTC", "-Duser.language=en", "-Duser.country=US")
        self._program = JavaProgram(_SOURCE, folders, log, "-Xmx256m", *locale)

    def ask(self, **request: Any) -> Any:
        answer = self._program.ask(**request)
        if "failure" in answer:
            raise RuntimeError(f"the Java program failed on its own account:\n{answer['failure']}")
        return answer

    def close(self) -> None:
        self._program.close()


@dataclass(frozen=True, slots=True)
class Case:
    """A configuration and the records it is tried on, in this order, by one instance of the class.

    Attributes:
        java_class: `Cast$Value` of Kafka's own, or a full class name.
        predicate: the class is one.
    """

    name: str
    java_class: str
    config: Mapping[str, str]
    records: Sequence[SourceRecord]
    predicate: bool = False

    @property
    def full_class(self) -> str:
        if "." in self.java_class:
            return self.java_class
        package = "org.apache.kafka.connect.transforms."
        return package + ("predicates." if self.predicate else "") + self.java_class

    @property
    def kind(self) -> PluginKind:
        return PluginKind.PREDICATE if self.predicate else PluginKind.TRANSFORMATION


def java_outcomes(java: Java, case: Case) -> Any:
    answer = java.ask(
        op="predicate" if case.predicate else "transform",
        **{"class": case.full_class},
        config=dict(case.config),
        records=[wire.record_json(record) for record in case.records],
    )
    return _java_error(answer["error"]) if "error" in answer else [_java_outcome(each) for each in answer["outcomes"]]


def _java_outcome(outcome: Any) -> Any:
    return _java_error(outcome["error"]) if "error" in outcome else wire.normalized(outcome)


def _java_error(error: Any) -> dict[str, Any]:
    """What a user sees of it; that the configuration is wrong is told from what is wrong with a record."""
    message = WORDLESS if error["class"] in _UNINTENDED else _without_reason(error["message"] or "")
    return {"error": message, "config": error["class"] == _CONFIG_EXCEPTION}


@cache
def _registry() -> PluginRegistry:
    return PluginRegistry.installed()


def _installed(case: Case) -> Plugin:
    plugin = _registry().find(case.kind, case.full_class)
    assert plugin is not None, f"no {case.kind.value} {case.full_class} is installed"
    return plugin


def our_outcomes(case: Case) -> Any:
    plugin = _installed(case)
    instance = load(plugin)()
    try:
        instance.configure(case.config)
    except RowtideError as error:
        return _our_error(error)
    outcomes = [_our_outcome(instance, case.predicate, record) for record in case.records]
    instance.close()
    return outcomes


def _our_outcome(instance: Any, predicate: bool, record: SourceRecord) -> Any:
    before = wire.record_json(record)
    try:
        if predicate:
            return {"test": instance.test(record)}
        result = instance.apply(record)
    except RowtideError as error:
        return _our_error(error)
    finally:
        assert wire.record_json(record) == before, "the record that was given is changed"
    return {"record": None if result is None else wire.record_json(result)}


def _our_error(error: RowtideError) -> dict[str, Any]:
    # Ours names every option that is wrong, Kafka the first one.
    text = _FURTHER.split(str(error))[0]
    return {"error": _without_reason(text), "config": isinstance(error, ConfigError)}


def _without_reason(text: str) -> str:
    """Why something is no regular expression is said by Java's and by Python's parser, each in its own words."""
    return _REASON.sub(r"\1", text.strip())


def compare(java: Java, case: Case) -> None:
    """Fails with the first record on which the two differ."""
    theirs, ours = java_outcomes(java, case), our_outcomes(case)
    if isinstance(theirs, dict) or isinstance(ours, dict):
        assert ours == theirs
        return
    assert len(ours) == len(theirs) == len(case.records)
    for i, (our, their) in enumerate(zip(ours, theirs, strict=True)):
        if isinstance(their, dict) and their.get("error") == WORDLESS:
            assert our["error"], f"record {i} of {case.name}"
        else:
            assert our == their, f"record {i} of {case.name}"


def compare_definition(java: Java, java_class: str, *, predicate: bool = False) -> None:
    """Names, types, defaults and places of options, in order; their documentation is our own."""
    case = Case("", java_class, {}, [], predicate)
    plugin = _installed(case)
    ours = [
        {
            "name": key.name,
            "type": key.type.value,
            "required": key.required,
            "default": None if key.required else to_text(key.type, key.default),
            "importance": key.importance.value,
            "group": key.group,
            "order": key.order,
            "width": key.width.value,
            "display_name": key.display_name or key.name,
            "dependents": list(key.dependents),
        }
        for key in plugin.config_def()
    ]
    assert ours == java.ask(op="definition", **{"class": case.full_class})["keys"]


def compare_validation(java: Java, case: Case) -> None:
    """What each option's validation says of a configuration."""
    plugin = _installed(case)
    judged = plugin.config_def().validate(case.config)
    ours = {value.name: _judgement(value.recommended_values, value.errors) for value in judged}
    theirs = java.ask(op="validate", **{"class": case.full_class}, config=dict(case.config))["values"]
    assert ours == {value["name"]: _judgement(value["recommended"], value["errors"]) for value in theirs}


def _judgement(recommended: list[str], errors: list[str]) -> tuple[list[str], list[str]]:
    return recommended, [_without_reason(error) for error in errors]
