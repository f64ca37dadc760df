"""What is kept out of logs, traces and answers, and what is not."""

from __future__ import annotations

import logging

import pytest

from rowtide.config import secrets
from rowtide.config.secrets import HidingFormatter, Secrets, is_secret_name


def knowing(**values: str) -> Secrets:
    known = Secrets()
    known.learn({}, {name.replace("_", "."): value for name, value in values.items()})
    return known


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Access denied, password hunter2.", "Access denied, password [hidden]."),
        ("mysql://u:hunter2@host", "mysql://u:[hidden]@host"),
        ("'hunter2' (hunter2)", "'[hidden]' ([hidden])"),
        ("hunter22 my.hunter2.name unhunter2", "hunter22 my.hunter2.name unhunter2"),
    ],
)
def test_a_secret_is_hidden_where_it_is_a_word(text: str, shown: str) -> None:
    assert knowing(database_password="hunter2").hide(text) == shown


def test_other_spellings_are_hidden() -> None:
    secret = 'p@ss "x"\\y'
    known = knowing(database_password=secret)
    for text in (secret, repr(secret), "p%40ss%20%22x%22%5Cy", 'p@ss \\"x\\"\\\\y'):
        assert "ss" not in known.hide(f"<{text}>")


def test_passwords_within_a_jaas_line_are_hidden() -> None:
    line = 'a.ScramLoginModule required username="u" password="hunter2";'
    assert knowing(sasl_jaas_config=line).hide("tried hunter2 as u") == "tried [hidden] as u"


def test_what_a_provider_answered_is_hidden_whatever_the_option() -> None:
    known = Secrets()
    known.learn({"host": "${env:H}", "port": "${env:P}", "topic": "open-topic"}, {"host": "db-17", "port": "3306"})
    known.learn({"host": "${env:H}"}, {"host": "database-17"})
    text = "database-17 db-17 3306 open-topic"
    assert known.hide(text) == "[hidden] db-17 3306 open-topic"


def test_the_number_of_secrets_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "ENTRIES_MAX", 2)
    known = Secrets()
    for value in ("first", "second", "third"):
        known.learn({}, {"password": value})
    assert known.hide("first second third") == "first [hidden] [hidden]"
    known.learn({}, {"password": "x" * 10_000})
    assert known.hide("second third") == "[hidden] [hidden]"


def test_log_lines_hide_secrets_in_traces_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "SECRETS", knowing(password="hunter2"))
    try:
        raise ValueError("bad hunter2")
    except ValueError as error:
        record = logging.LogRecord("x", logging.INFO, "", 0, "with %s", ("hunter2",), (ValueError, error, None))
    text = HidingFormatter("%(message)s").format(record)
    assert "hunter2" not in text
    assert text.count("[hidden]") == 2


@pytest.mark.parametrize(
    "name",
    [
        "database.password", "producer.override.sasl.jaas.config", "value.converter.basic.auth.user.info",
        "sasl.oauthbearer.client.credentials.client.secret", "bearer.auth.token", "ssl.keystore.key", "PASSWORD",
        "database.ssl.keystore.password",
    ],
)  # fmt: skip
def test_names_of_secrets_are_known(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize("name", ["topic", "database.user", "tokens.max", "key.converter", "password.file.name"])
def test_other_names_are_no_secrets(name: str) -> None:
    assert not is_secret_name(name)
