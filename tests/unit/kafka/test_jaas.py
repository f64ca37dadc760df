"""sasl.jaas.config as Java writes it."""

from __future__ import annotations

import pytest

from rowtide.errors import ConfigError
from rowtide.kafka.jaas import parse


def test_options_are_unquoted() -> None:
    module = parse("a.b.PlainLoginModule required\n  username='u' password=\"p\\\\q\" serviceName=kafka ;")
    assert module.name == "PlainLoginModule"
    assert module.options == {"username": "u", "password": "p\\q", "serviceName": "kafka"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "PlainLoginModule",
        'PlainLoginModule required username="u" password="secret"',
        'PlainLoginModule required username="u password="secret";',
        'PlainLoginModule required username="u" password="secret"; PlainLoginModule required;',
        'com.acme.OtherLoginModule required password="secret";',
    ],
)
def test_other_texts_are_refused_without_showing_the_password(text: str) -> None:
    with pytest.raises(ConfigError, match=r"sasl\.jaas\.config") as caught:
        parse(text)
    assert "secret" not in str(caught.value)


def test_a_module_does_not_show_its_options() -> None:
    assert "secret" not in repr(parse('PlainLoginModule required password="secret";'))
