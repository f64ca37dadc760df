"""Every transform of Debezium does to the same records what the original does."""

import pytest

from tests.reference.transforms.comparison import Case, compare_definition, compare_validation
from tests.reference.transforms.debezium import extraction, others, outbox, routing, sizes, times
from tests.reference.transforms.debezium.comparing import differences

CASES = [case for module in (extraction, routing, outbox, times, others) for case in module.CASES]
ALL = [*CASES, *sizes.CASES, *sizes.WRONG]
CLASSES = sorted({case.java_class for case in ALL})


def _id(case: Case) -> str:
    return f"{case.java_class.rpartition('.')[2]}: {case.name}"


@pytest.mark.parametrize("case", [*CASES, *sizes.WRONG], ids=_id)
def test_records_come_out_as_in_java(java, case):
    assert differences(java, case) == []


@pytest.mark.parametrize("case", sizes.CASES, ids=_id)
def test_records_are_cut_as_in_java(java, case):
    assert differences(java, case, sizes.ours(case)) == []


@pytest.mark.parametrize("case", ALL, ids=_id)
def test_options_are_judged_as_in_java(java, case):
    compare_validation(java, case)


@pytest.mark.parametrize("java_class", CLASSES)
def test_options_are_declared_as_in_java(java, java_class):
    compare_definition(java, java_class)


@pytest.mark.parametrize("java_class", CLASSES)
def test_each_class_is_tried_widely(java_class):
    assert sum(len(case.records) >= 10 for case in ALL if case.java_class == java_class) >= 3


def test_every_class_that_is_installed_is_tried(java):
    installed = {name for name in java.ask(op="installed")["classes"] if name.startswith("io.debezium.")}
    # OpenLineage passes every record on, and wants a connector beside it to say so.
    assert set(CLASSES) == installed - {"io.debezium.transforms.openlineage.OpenLineage"}
