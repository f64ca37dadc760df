import pytest

from tests.reference.transforms.comparison import Case, compare, compare_definition
from tests.reference.transforms.samples import ALL

CASES = [
    Case("value", "HoistField$Value", {"field": "whole"}, ALL),
    Case("key", "HoistField$Key", {"field": "key"}, ALL),
    Case("name with a dot", "HoistField$Value", {"field": "a.b"}, ALL),
    Case("no field", "HoistField$Value", {}, ALL),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_hoist_field_does_what_java_does(java, case):
    compare(java, case)


@pytest.mark.parametrize("java_class", ["HoistField$Key", "HoistField$Value"])
def test_its_options_are_javas(java, java_class):
    compare_definition(java, java_class)
