"""The chain of transforms: order, predicates, dropping, and what a wrong configuration says."""

from __future__ import annotations

import dataclasses

import pytest

from rowtide.connect.plugins import Predicate, Transformation
from rowtide.connect.record import SourceRecord
from rowtide.connect.schema import STRING
from rowtide.errors import ConfigError
from rowtide.transforms.chain import STAGE, Step, TransformationChain, build_chain


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


class Begins(Predicate):
    def configure(self, config):
        self.letter = config["letter"]

    def test(self, record):
        return record.value.startswith(self.letter)


class Plugins:
    def transformation(self, name):
        return self._find({"Append": Append, "Drop": Drop}, name)

    def predicate(self, name):
        return self._find({"Begins": Begins}, name)

    def _find(self, classes, name):
        if name not in classes:
            raise ConfigError(f"no class {name}")
        return classes[name]


class Runner:
    """Calls each step twice, as a retry would, and keeps what it was told."""

    def __init__(self):
        self.stages = []

    def run(self, stage, class_name, step):
        self.stages.append((stage, class_name))
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
    assert apply(APPENDS, "x") == ("x12", ["Append", "Append"])
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
    assert apply(config, "x") == (None, ["Drop"])


def test_plugin_sees_only_its_own_options():
    chain = build_chain(WHERE_A, Plugins())
    assert chain._steps[0].transformation.options == {"what": "1"}


def test_stage_has_connects_name():
    runner = Runner()
    build_chain(APPENDS, Plugins()).apply(record("x"), runner)
    assert {stage for stage, _ in runner.stages} == {STAGE} == {"TRANSFORMATION"}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"transforms.one.type": "Nothing"}, "no class Nothing"),
        ({"transforms.one.type": ""}, 'Missing required configuration "transforms.one.type"'),
        ({"transforms": "one,one"}, "Duplicate alias"),
        ({"transforms.two.predicate": "b"}, "Invalid value b for configuration transforms.two.predicate"),
        ({"transforms.two.negate": "true"}, "Config 'transforms.two.negate' was provided but"),
        ({"transforms.two.negate": "perhaps"}, "Invalid value perhaps for configuration transforms.two.negate"),
        ({"predicates.a.type": "Nothing"}, "no class Nothing"),
    ],
)
def test_wrong_configuration_is_refused(change, expected):
    with pytest.raises(ConfigError, match=expected):
        build_chain({**WHERE_A, **change}, Plugins())


def test_close_reaches_every_plugin_even_after_a_failure():
    Append.closed = 0
    append = Append()
    chain = TransformationChain([Step("Drop", Drop()), Step("Append", append), Step("Append", append)])
    with pytest.raises(ExceptionGroup):
        chain.close()
    assert Append.closed == 1
