import logging

import pytest

from rowtide.config.providers import ConfigResolver
from rowtide.errors import ConfigError

JAVA = "org.apache.kafka.common.config.provider."


def resolver(**options):
    properties = {"config.providers": "env, file,dir"}
    for name, cls in (("env", "EnvVar"), ("file", "File"), ("dir", "Directory")):
        properties[f"config.providers.{name}.class"] = f"{JAVA}{cls}ConfigProvider"
    properties.update({f"config.providers.{key}": value for key, value in options.items()})
    return ConfigResolver.from_properties(properties)


@pytest.fixture
def secrets(tmp_path):
    folder = tmp_path / "secrets"
    folder.mkdir()
    (folder / "db.properties").write_text("password=p w\nuser=me\n", encoding="utf-8")
    (folder / "token").write_text("abc\n", encoding="utf-8")
    (tmp_path / "outside").write_text("no", encoding="utf-8")
    return folder


def test_each_provider_resolves_within_a_value(secrets, monkeypatch):
    monkeypatch.setenv("DB_HOST", "db1")
    config = {
        "url": "x://${env:DB_HOST}:${env:DB_HOST}/",
        "password": f"${{file:{secrets}/db.properties:password}}",
        "token": f"${{dir:{secrets}:token}}",
        "plain": "$5 {x}",
        "none": None,
    }
    assert resolver().resolve(config) == {
        "url": "x://db1:db1/",
        "password": "p w",
        "token": "abc\n",
        "plain": "$5 {x}",
        "none": None,
    }


@pytest.mark.parametrize("text", ["${env:ROWTIDE_UNSET_X}", "${vault:a:b}", "${env}", "${file::key}", "${dir:..:x"])
def test_what_cannot_be_resolved_stays_as_text(text):
    assert resolver().resolve({"a": text}) == {"a": text}


def test_a_resolved_value_is_not_resolved_again(monkeypatch):
    monkeypatch.setenv("OUTER_X", "${env:INNER_X}")
    monkeypatch.setenv("INNER_X", "inner")
    assert resolver().resolve({"a": "${env:OUTER_X}"}) == {"a": "${env:INNER_X}"}


def test_the_environment_allowlist_matches_whole_names(monkeypatch):
    monkeypatch.setenv("DB_USER", "u")
    monkeypatch.setenv("MY_DB_USER", "m")
    config = {"a": "${env:DB_USER}", "b": "${env:MY_DB_USER}"}
    resolved = resolver(**{"env.param.allowlist.pattern": "DB_.*"}).resolve(config)
    assert resolved == {"a": "u", "b": "${env:MY_DB_USER}"}


def test_paths_outside_the_allowed_ones_stay_unresolved(secrets, caplog):
    allowed = {"file.param.allowed.paths": str(secrets), "dir.param.allowed.paths": str(secrets)}
    config = {
        "a": f"${{file:{secrets}/db.properties:user}}",
        "b": f"${{file:{secrets}/../outside:no}}",
        "c": f"${{dir:{secrets.parent}:outside}}",
    }
    with caplog.at_level(logging.ERROR):
        resolved = resolver(**allowed).resolve(config)
    assert resolved == {**config, "a": "me"}
    assert "allowed.paths" in caplog.text


def test_a_directory_key_cannot_leave_the_directory(secrets):
    text = f"${{dir:{secrets}:../outside}}"
    assert resolver().resolve({"a": text}) == {"a": text}


def test_an_unreadable_file_is_an_error_that_names_the_path(secrets):
    with pytest.raises(ConfigError, match=r"missing\.properties: No such file"):
        resolver().resolve({"a": f"${{file:{secrets}/missing.properties:k}}"})


def test_a_directory_that_is_none_is_an_error(secrets):
    with pytest.raises(ConfigError, match="is not a directory"):
        resolver().resolve({"a": f"${{dir:{secrets}/token:k}}"})


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ({"config.providers": "env"}, r"config\.providers\.env\.class is missing"),
        ({"config.providers": "x", "config.providers.x.class": "com.example.Vault"}, "no such config provider"),
        (
            {
                "config.providers": "f",
                "config.providers.f.class": f"{JAVA}FileConfigProvider",
                "config.providers.f.param.allowed.paths": "relative/x",
            },
            "is not absolute",
        ),
    ],
)
def test_wrong_declarations_say_which_option(properties, message):
    with pytest.raises(ConfigError, match=message):
        ConfigResolver.from_properties(properties)
