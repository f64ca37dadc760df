import pytest

from rowtide.config.definition import REQUIRED, ConfigDef, ConfigKey, Importance, Type
from rowtide.errors import BadRequestError, ConfigError
from rowtide.runtime.config import WorkerConfig
from rowtide.runtime.plugins import Plugin, PluginKind, PluginRegistry
from rowtide.runtime.validation.validator import ConnectorValidator
from tests.connectors.counter import CounterConnector
from tests.unit.runtime.test_config import MINIMAL

VALID = {"name": "n", "connector.class": "Counter", "topic": "t"}


class Hoist:
    @classmethod
    def config_def(cls):
        return ConfigDef([ConfigKey("field", Type.STRING, REQUIRED, "Name of the field.")])


class Json:
    @classmethod
    def config_def(cls):
        return ConfigDef(
            [ConfigKey("schemas.enable", Type.BOOLEAN, True, "Schemas.", Importance.HIGH, group="Schemas")]
        )


CONTROLS = "String may not contain control sequences but had the following ASCII chars:"

REGISTRY = PluginRegistry(
    [
        Plugin.of_connector(CounterConnector),
        Plugin("org.apache.kafka.connect.json.JsonConverter", PluginKind.CONVERTER, "1", lambda: Json),
        Plugin("x.Hoist", PluginKind.TRANSFORMATION, "1", lambda: Hoist),
    ]
)


def validate(config, **worker):
    return ConnectorValidator(REGISTRY, WorkerConfig({**MINIMAL, **worker})).validate(config)


def value(report, name):
    return next(value for _, value in report.entries if value.name == name)


def test_a_valid_configuration_has_no_errors_and_kafkas_groups():
    report = validate(VALID)
    assert report.errors == []
    groups = ("Common", "Transforms", "Predicates", "Error Handling", "Topic Creation", "Exactly Once Support")
    assert report.groups == (*groups, "offsets.topic", "Counter")


def test_the_json_of_an_option_has_connects_keys():
    entry = validate(VALID).to_json()["configs"][3]
    assert entry == {
        "definition": {
            "name": "tasks.max",
            "type": "INT",
            "required": False,
            "default_value": "1",
            "importance": "HIGH",
            "documentation": entry["definition"]["documentation"],
            "group": "Common",
            "order_in_group": 4,
            "width": "SHORT",
            "display_name": "Tasks max",
            "dependents": [],
        },
        "value": {"name": "tasks.max", "value": "1", "recommended_values": [], "errors": [], "visible": True},
    }


@pytest.mark.parametrize(
    ("options", "errors"),
    [
        ({"topic": None}, ["Null value can not be supplied as the configuration value."]),
        ({"other": None}, ["Null value can not be supplied as the configuration value."]),
        ({"name": " "}, ["Invalid value  for configuration name: String may not be empty"]),
        ({"name": "a\u0007b"}, [f"Invalid value a\u0007b for configuration name: {CONTROLS} 7"]),
        ({"tasks.max": "0"}, ["Invalid value 0 for configuration tasks.max: Value must be at least 1"]),
        (
            {"tasks.max": "abc"},
            [
                "Invalid value abc for configuration tasks.max: Not a number of type INT",
                "Invalid value null for configuration tasks.max: Value must be non-null",
            ],
        ),
        (
            {"errors.tolerance": "some"},
            ["Invalid value some for configuration errors.tolerance: String must be one of: none, all"],
        ),
        (
            {"transforms": "a", "transforms.a.type": "NoSuch"},
            ["Invalid value NoSuch for configuration transforms.a.type: Class NoSuch could not be found."],
        ),
        (
            {"transforms": "a"},
            ['Missing required configuration "transforms.a.type" which has no default value.'],
        ),
        (
            {"transforms": "a", "transforms.a.type": "x.Hoist"},
            ['Missing required configuration "transforms.a.field" which has no default value.'],
        ),
        (
            {"transforms": "a,a", "transforms.a.type": "x.Hoist", "transforms.a.field": "f"},
            ["Invalid value [a, a] for configuration transforms: Duplicate alias provided."],
        ),
        (
            {"value.converter": "Nope"},
            ["Invalid value Nope for configuration value.converter: Class Nope could not be found."],
        ),
        (
            {"value.converter": "JsonConverter", "value.converter.schemas.enable": "zz"},
            ["Invalid value zz for configuration schemas.enable: Expected value to be either true or false"],
        ),
        (
            {"exactly.once.support": "Required"},
            ["This worker does not have exactly-once source support enabled."],
        ),
        ({"count": "-1"}, ["Invalid value -1 for configuration count: Value must be at least 0"]),
    ],
)
def test_errors_are_kafkas_sentences(options, errors):
    assert validate({**VALID, **options}).errors == errors


def test_values_without_a_definition_come_first():
    configs = validate({**VALID, "zz": None}).to_json()["configs"]
    assert configs[0]["definition"] is None
    assert configs[0]["value"]["name"] == "zz"
    assert all(entry["definition"] is not None for entry in configs[1:])


def test_passwords_are_hidden():
    report = validate({**VALID, "password": "s3cret", "producer.override.sasl.jaas.config": "s3cret"})
    assert value(report, "password").value == "[hidden]"
    assert "s3cret" not in str(report.to_json())


@pytest.mark.parametrize(
    ("policy", "allowlist", "refused"),
    [
        ("All", "", set()),
        ("None", "", {"acks", "security.protocol"}),
        ("Principal", "", {"acks"}),
        ("org.x.NoneConnectorClientConfigOverridePolicy", "", {"acks", "security.protocol"}),
        ("Allowlist", "acks", {"security.protocol"}),
    ],
)
def test_override_policies(policy, allowlist, refused):
    config = {**VALID, "producer.override.acks": "1", "admin.override.security.protocol": "SSL"}
    worker = {
        "connector.client.config.override.policy": policy,
        "connector.client.config.override.allowlist": allowlist,
    }
    report = validate(config, **worker)
    names = {value.name.partition(".override.")[2] for _, value in report.entries if value.errors}
    assert names == refused
    # Kafka's sentence, as clients know it.
    name = policy.rpartition(".")[2].removesuffix("ConnectorClientConfigOverridePolicy")
    assert set(report.errors) == {
        f"The '{name}' policy does not allow '{setting}' to be overridden in the connector configuration."
        for setting in refused
    }


def test_files_outside_of_the_allowed_paths_are_refused(tmp_path):
    (tmp_path / "ours").mkdir()
    (tmp_path / "ours" / "link").symlink_to("/etc")
    inside, outside = str(tmp_path / "ours" / "key.pem"), str(tmp_path / "ours" / ".." / "key.pem")
    worker = {"connector.allowed.paths": f"{tmp_path}/ours"}
    files = {
        "producer.override.ssl.keystore.location": outside,
        "admin.override.ssl.ca.location": inside,
        "database.ssl.keystore": outside,
        "database.ssl.truststore": inside,
        "schema.history.internal.file.filename": str(tmp_path / "ours" / "link" / "x"),
        "schema.history.internal.producer.ssl.truststore.location": "/etc/x",
        "value.converter.schema.registry.ssl.keystore.location": "/etc/x",
        "producer.override.sasl.jaas.config": 'a.Krb5LoginModule required keyTab="/etc/krb5.keytab";',
    }
    report = validate({**VALID, **files}, **worker)
    refused = {value.name for _, value in report.entries if value.errors}
    assert refused == {name for name, path in files.items() if path is not inside}
    assert all("is not below connector.allowed.paths" in error for error in report.errors)
    assert validate({**VALID, **files}).errors == []


def test_allowed_paths_have_to_be_there():
    with pytest.raises(ConfigError, match=r"/no/such in connector\.allowed\.paths does not exist"):
        validate(VALID, **{"connector.allowed.paths": "/no/such"})


def test_placeholders_are_resolved_before_validation(monkeypatch):
    monkeypatch.setenv("COUNT_X", "-5")
    provider = "org.apache.kafka.common.config.provider.EnvVarConfigProvider"
    worker = {"config.providers": "env", "config.providers.env.class": provider}
    report = validate({**VALID, "count": "${env:COUNT_X}"}, **worker)
    assert report.errors == ["Invalid value ${env:COUNT_X} for configuration count: Value must be at least 0"]
    assert value(report, "count").value == "${env:COUNT_X}"


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"name": "n", "password": "s3cret"}, "Connector config for n contains no connector type"),
        ({"connector.class": "Nope"}, "Failed to find any class that implements Connector and which name matches Nope"),
    ],
)
def test_without_a_usable_class_the_request_is_bad(config, message):
    with pytest.raises(BadRequestError, match=message) as caught:
        validate(config)
    assert "s3cret" not in str(caught.value)
