"""The chain of transforms: order, predicates, dropping, and what a wrong configuration says."""

from __future__ import annotations

import dataclasses

import pytest

from rowtide.connect.plugins import Predicate, Transformation
from rowtide.connect.record import SourceRecord
from rowtide.connect.schema import STRING
from rowtide.errors import ConfigError, DataError
from rowtide.transforms.chain import STAGE, build_chain


def record(value: str) -> SourceRecord:
    return SourceRecord("t", None, None, None, STRING, value)


class Append(Transformation):
    closed = 0

    def configure(self, config):
        self.options = dict(config)

    def apply(self, record):
        return dataclasses.replace(record, value=record.value + self.options["what"])

    def close(self):
        type(self).closed += 1


class Drop(Transformation):
    def configure(self, config):
        pass

    def apply(self, record):
        return None

    def close(self):
        raise OSError("cannot close")


class FailsFirst(Transformation):
    def configure(self, config):
        self.failed = False

    def apply(self, record):
        if not self.failed:
            self.failed = True
            raise DataError("not the first time")
        return dataclasses.replace(record, value=record.value + "!")


class Begins(Predicate):
    def configure(self, config):
        self.letter = config["letter"]

    def test(self, record):
        return record.value.startswith(self.letter)


class BeginsLater(Begins):
    failed = False

    def test(self, record):
        if not self.failed:
            self.failed = True
            raise DataError("not the first time")
        return super().test(record)


class Plugins:
    def transformation(self, name):
        return self._find({"Append": Append, "Drop": Drop, "FailsFirst": FailsFirst}, name)

    def predicate(self, name):
        return self._find({"Begins": Begins, "BeginsLater": BeginsLater}, name)

    def _find(self, classes, name):
        if name not in classes:
            raise ConfigError(f"no class {name}")
        return classes[name]


class Runner:
    """Calls each step that it is given twice, as a retry would, and keeps what it was told."""

    def __init__(self):
        self.stages = []

    def run(self, stage, class_name, step):
        self.stages.append((stage, class_name))
        with pytest.raises(DataError, match="not the first time"):
            step()
        return step()


def apply(config, value):
    runner = Runner()
    result = build_chain(config, Plugins()).apply(record(value), runner)
    return (None if result is None else result.value), [name for _, name in runner.stages]


APPENDS = {
    "transforms": "one, two",
    "transforms.one.type": "Append",
    "transforms.one.what": "1",
    "transforms.two.type": "Append",
    "transforms.two.what": "2",
}
WHERE_A = {
    **APPENDS,
    "transforms.one.predicate": "a",
    "predicates": "a",
    "predicates.a.type": "Begins",
    "predicates.a.letter": "a",
}


def test_transforms_apply_in_the_order_of_their_aliases():
    assert apply(APPENDS, "x") == ("x12", [])
    assert apply({**APPENDS, "transforms": "two,one"}, "x")[0] == "x21"


def test_no_transforms_leave_a_record_alone():
    chain = build_chain({}, Plugins())
    same = record("x")
    assert len(chain) == 0
    assert chain.apply(same, Runner()) is same


def test_transform_applies_only_where_its_predicate_holds():
    assert apply(WHERE_A, "a")[0] == "a12"
    assert apply(WHERE_A, "b")[0] == "b2"


def test_negated_predicate_turns_the_choice_around():
    negated = {**WHERE_A, "transforms.one.negate": "true"}
    assert apply(negated, "a")[0] == "a2"
    assert apply(negated, "b")[0] == "b12"


def test_dropped_record_ends_the_chain():
    config = {**APPENDS, "transforms": "drop,one", "transforms.drop.type": "Drop"}
    assert apply(config, "x") == (None, [])


def test_plugin_sees_only_its_own_options():
    chain = build_chain(WHERE_A, Plugins())
    assert chain._steps[0].transformation.options == {"what": "1"}


def test_only_a_failed_step_is_the_runners_and_has_connects_name():
    config = {**APPENDS, "transforms": "one,fails,two", "transforms.fails.type": "FailsFirst"}
    runner = Runner()
    result = build_chain(config, Plugins()).apply(record("x"), runner)
    assert result.value == "x1!2"
    assert runner.stages == [(STAGE, "FailsFirst")] == [("TRANSFORMATION", "FailsFirst")]


def test_failing_predicate_is_a_failure_of_its_step():
    config = {**WHERE_A, "predicates.a.type": "BeginsLater"}
    runner = Runner()
    assert build_chain(config, Plugins()).apply(record("ab"), runner).value == "ab12"
    assert runner.stages == [(STAGE, "Append")]
