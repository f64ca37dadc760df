"""Every transform and predicate of Apache Kafka does to the same records what the original does."""

import pytest

from tests.reference.transforms.cases import (
    casting,
    fields,
    headers,
    predicates,
    structure,
    timestamps,
    topics,
)
from tests.reference.transforms.comparison import Case, compare, compare_definition, compare_validation

CASES = [
    case for module in (casting, fields, headers, structure, timestamps, topics, predicates) for case in module.CASES
]
CLASSES = sorted({(case.java_class, case.predicate) for case in CASES})


def _id(case: Case) -> str:
    return f"{case.java_class}: {case.name}"


@pytest.mark.parametrize("case", CASES, ids=_id)
def test_records_come_out_as_in_java(java, case):
    compare(java, case)


@pytest.mark.parametrize("case", CASES, ids=_id)
def test_options_are_judged_as_in_java(java, case):
    compare_validation(java, case)


@pytest.mark.parametrize(("java_class", "predicate"), CLASSES)
def test_options_are_declared_as_in_java(java, java_class, predicate):
    compare_definition(java, java_class, predicate=predicate)


@pytest.mark.parametrize(("java_class", "predicate"), CLASSES)
def test_each_class_is_tried_widely(java_class, predicate):
    own = [case for case in CASES if case.java_class == java_class]
    assert len(own) >= 3
    assert sum(len(case.records) >= 10 for case in own) >= 3


def test_every_class_of_kafka_is_tried(java):
    installed = [name for name in java.ask(op="installed")["classes"] if name.startswith("org.apache.kafka.")]
    assert {Case("", name, {}, [], predicate).full_class for name, predicate in CLASSES} == set(installed)
