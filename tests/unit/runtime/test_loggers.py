import logging

import pytest

from rowtide.runtime.loggers import LoggerLevels


@pytest.fixture
def names():
    names = ["rt_log_test", "rt_log_test.a", "rt_log_test.a.b", "rt_log_testing"]
    for name in names:
        logging.getLogger(name).setLevel(logging.NOTSET)
    yield names
    for name in names:
        logging.getLogger(name).setLevel(logging.NOTSET)


def test_a_level_applies_to_a_namespace_and_is_remembered_with_its_time(names):
    levels = LoggerLevels(lambda: 42)
    logging.getLogger("rt_log_test.a.b").setLevel(logging.ERROR)
    assert levels.set("rt_log_test", "debug") == names[:3]
    assert logging.getLogger("rt_log_test.a.b").getEffectiveLevel() == logging.DEBUG
    assert levels.get("rt_log_test.a").to_json() == {"level": "DEBUG", "last_modified": 42}
    shown = levels.all()
    assert shown["rt_log_test"].to_json() == {"level": "DEBUG", "last_modified": 42}
    assert "rt_log_test.a" not in shown
    assert list(shown) == sorted(shown)


def test_unknown_loggers_and_the_root(names):
    levels = LoggerLevels()
    assert levels.get("rt_never_made") is None
    assert levels.get("root").level in {"WARN", "INFO", "DEBUG", "ERROR", "ALL", "TRACE"}
    assert "root" in levels.all()
