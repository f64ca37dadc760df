"""Who is let in, compared with what JaasBasicAuthFilter and PropertyFileLoginModule of Kafka Connect do."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path

import pytest

from rowtide.errors import ConfigError
from rowtide.runtime.config import WorkerConfig
from rowtide.runtime.rest.access import Access, access_of
from rowtide.runtime.rest.errors import HttpError
from rowtide.runtime.rest.jaas_file import read_entry
from rowtide.runtime.rest_options import BASIC_AUTH
from tests.unit.runtime.test_config import MINIMAL

JAAS = """
/* the brokers' */ KafkaClient { org.example.Other required x=y; };
// and ours
KafkaConnect {
    org.apache.kafka.connect.rest.basic.auth.extension.PropertyFileLoginModule REQUIRED
    file="FILE"; // plain text
};
"""


def basic(user: str, password: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


@pytest.fixture
def jaas(tmp_path: Path) -> Path:
    users = tmp_path / "users.properties"
    users.write_bytes("ann=p\\:w d\nbob = b\u00f6b".encode("latin-1"))
    path = tmp_path / "jaas.conf"
    path.write_text(JAAS.replace("FILE", str(users)))
    return path


def made(options: Mapping[str, str], environment: Mapping[str, str] | None = None) -> Access:
    return access_of(WorkerConfig({**MINIMAL, **options}), environment or {})


def is_let_in(access: Access, headers: Mapping[str, str], method: str = "GET", path: str = "connectors") -> bool:
    answer = access.check(method, path.split("/"), headers)
    assert answer is None or (answer.status_code, answer.body) == (401, b"User cannot access the resource.")
    return answer is None


@pytest.mark.parametrize("by", ["option", "KAFKA_OPTS"])
def test_users_of_the_jaas_file_are_let_in(jaas: Path, by: str) -> None:
    options, environment = {"rest.extension.classes": BASIC_AUTH}, {}
    if by == "option":
        options["rest.basic.auth.jaas.file"] = str(jaas)
    else:
        environment["KAFKA_OPTS"] = f"-Xmx1g '-Djava.security.auth.login.config={jaas}' -Dx=y"
    access = made(options, environment)
    assert is_let_in(access, basic("ann", "p:w d"))
    assert is_let_in(access, basic("bob", "b\u00f6b"))
    assert is_let_in(access, basic("ann", "p:w d"), "DELETE", "connectors/a")
    for headers in (
        {},
        basic("ann", "wrong"),
        basic("eve", "p:w d"),
        basic("", "p:w d"),
        {"authorization": "Basic !"},
        {"authorization": "Bearer p:w d"},
        {"authorization": ""},
    ):
        assert not is_let_in(access, headers)


def test_only_what_workers_ask_of_each_other_needs_no_password() -> None:
    access = Access({"ann": "x"})
    assert is_let_in(access, {}, "POST", "connectors/c/tasks")
    assert is_let_in(access, {}, "PUT", "connectors/c/fence")
    for method, path in (
        ("GET", "connectors/c/tasks"),
        ("POST", "connectors/c/tasks/0/restart"),
        ("PUT", "connectors/c/config"),
        ("OPTIONS", "connectors"),
        ("GET", "health"),
        ("GET", ""),
        ("GET", "metrics"),
    ):
        assert not is_let_in(access, {}, method, path)


def test_an_empty_file_lets_everybody_in_and_says_so(
    jaas: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "users.properties").write_text("# nobody\n")
    access = made({"rest.extension.classes": BASIC_AUTH, "rest.basic.auth.jaas.file": str(jaas)})
    assert is_let_in(access, {})
    assert "every request is permitted" in caplog.text


def test_bearer_tokens_are_let_in_and_readers_change_nothing(tmp_path: Path) -> None:
    file = tmp_path / "tokens.properties"
    file.write_text("robot=t-1\nmonitor=t-2\n")
    access = made({"rest.bearer.tokens.file": str(file), "rest.read.only.users": "monitor"})
    robot, monitor = {"authorization": "Bearer t-1"}, {"authorization": "bearer t-2"}
    assert is_let_in(access, robot, "POST")
    assert is_let_in(access, monitor)
    assert not is_let_in(access, {"authorization": "Bearer t-3"})
    assert not is_let_in(access, basic("robot", "t-1"))
    assert not is_let_in(access, {})
    for method, path in (("POST", "connectors"), ("PUT", "connector-plugins/x/config/validate"), ("DELETE", "x")):
        with pytest.raises(HttpError, match="monitor may only read") as caught:
            access.check(method, path.split("/"), monitor)
        assert caught.value.status == 403
    assert "t-1" not in repr(access)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Other { a.PropertyFileLoginModule required; };", "no entry KafkaConnect"),
        ("KafkaConnect { a.PropertyFileLoginModule required; };", "option file of PropertyFileLoginModule is missing"),
        ("KafkaConnect { a.LdapLoginModule required; };", "LdapLoginModule is not supported"),
        ("KafkaConnect { a.X required; b.X required; };", "2 modules"),
        ("KafkaConnect { a.X required file=secret }", "not well-formed"),
        ('KafkaConnect { a.X required file="secret; };', "without its other one"),
        ('KafkaConnect { a.PropertyFileLoginModule required file="/no/such"; };', "Could not read the users"),
    ],
)
def test_an_unusable_jaas_file_is_told_without_its_content(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "jaas.conf"
    path.write_text(text)
    with pytest.raises(ConfigError, match=message) as caught:
        made({"rest.extension.classes": BASIC_AUTH, "rest.basic.auth.jaas.file": str(path)})
    assert "secret" not in str(caught.value)


def test_what_is_asked_for_and_missing_is_told() -> None:
    with pytest.raises(ConfigError, match=r"Set rest\.basic\.auth\.jaas\.file, or KAFKA_OPTS"):
        made({"rest.extension.classes": "BasicAuthSecurityRestExtension"})
    with pytest.raises(ConfigError, match=r"rest\.read\.only\.users has no effect"):
        made({"rest.read.only.users": "a"})


def test_quoted_words_of_a_jaas_file_are_unquoted(tmp_path: Path) -> None:
    path = tmp_path / "jaas.conf"
    path.write_text('"KafkaConnect" { "a.B" optional one="x=\\"y\\" ; {" two=z; };')
    module = read_entry(str(path), "KafkaConnect")
    assert (module.name, dict(module.options)) == ("a.B", {"one": 'x="y" ; {', "two": "z"})
