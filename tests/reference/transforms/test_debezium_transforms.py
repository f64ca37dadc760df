"""Every transform of Debezium does to the same records what the original does."""

import pytest

from tests.reference.transforms.comparison import Case, compare_definition, compare_validation
from tests.reference.transforms.debezium import extraction, outbox, routing
from tests.reference.transforms.debezium.comparing import differences

CASES = [case for module in (extraction, routing, outbox) for case in module.CASES]
CLASSES = sorted({case.java_class for case in CASES})


def _id(case: Case) -> str:
    return f"{case.java_class.rpartition('.')[2]}: {case.name}"


@pytest.mark.parametrize("case", CASES, ids=_id)
def test_records_come_out_as_in_java(java, case):
    assert differences(java, case) == []


@pytest.mark.parametrize("case", CASES, ids=_id)
def test_options_are_judged_as_in_java(java, case):
    compare_validation(java, case)


@pytest.mark.parametrize("java_class", CLASSES)
def test_options_are_declared_as_in_java(java, java_class):
    compare_definition(java, java_class)


@pytest.mark.parametrize("java_class", CLASSES)
def test_each_class_is_tried_widely(java_class):
    assert sum(len(case.records) >= 10 for case in CASES if case.java_class == java_class) >= 3
