"""Every way to prove who one is, and every mode of TLS, with stores of every kind."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, load_pem_private_key, pkcs12

from rowtide.errors import AccessError, ConfigError, ServerError
from rowtide.mysql.server import Server
from rowtide.source import settings
from rowtide_dev import server_certificates
from tests.integration.versions.conditions import has_marker, streaming

pytestmark = pytest.mark.servers

PASSWORD = "sécret €'\\"
USER = "versions_user"
GRANTS = "SELECT, RELOAD, REPLICATION SLAVE, REPLICATION CLIENT"

PLUGINS = {
    "mysql_native_password": lambda server: server.version < (9, 0) or server.flavor == "mariadb",
    "sha256_password": lambda server: server.since((8, 0), None),  # older builds have no key to encrypt with
    "caching_sha2_password": lambda server: server.since((8, 0, 4), None),
    "ed25519": lambda server: server.flavor == "mariadb" and server.name != "mariadb114",  # came without plugins
    "parsec": lambda server: server.since(None, (11, 6)),
}
MODES = {
    "mysql": {
        "off": "disabled", "preferred": "preferred", "required": "required",
        "authority": "verify_ca", "name": "verify_identity",
    },
    "mariadb": {"off": "disable", "required": "trust", "authority": "verify-ca", "name": "verify-full"},
}  # fmt: skip


def _mode(server, kind: str) -> str:
    """The flavor's word; MariaDB's connector has no `preferred`."""
    return MODES[server.flavor].get(kind, MODES[server.flavor]["off"])


@pytest.fixture
def user(database):
    """Makes the user with a plugin and more words."""

    def make(plugin: str, more: str = "") -> None:
        statement = _create(database.server, plugin)
        if database.run(f"SELECT 1 FROM mysql.user WHERE User = '{USER}'"):
            database.run(f"DROP USER {USER}@'%'")
        database.run(statement)
        database.run(f"GRANT {GRANTS} ON *.* TO {USER}@'%' {more}" if database.server.version < (5, 7) else
                     f"GRANT {GRANTS} ON *.* TO {USER}@'%'")  # fmt: skip
        if more and database.server.version >= (5, 7):
            database.run(f"ALTER USER {USER}@'%' {more}")
        database.run("FLUSH PRIVILEGES")

    yield make
    database.run(f"DROP USER {USER}@'%'", "FLUSH PRIVILEGES")


def _create(server, plugin: str) -> str:
    password = PASSWORD.replace("\\", "\\\\").replace("'", "''")
    if server.flavor == "mariadb":
        return f"CREATE USER {USER}@'%' IDENTIFIED VIA {plugin} USING PASSWORD('{password}')"
    if server.version < (5, 7):
        return f"CREATE USER {USER}@'%' IDENTIFIED BY '{password}'"
    return f"CREATE USER {USER}@'%' IDENTIFIED WITH {plugin} BY '{password}'"


def _with_plugin(database, plugin: str) -> bool:
    """Whether the server can have users of that kind; it is made to."""
    if not PLUGINS[plugin](database.server):
        return False
    if plugin in ("ed25519", "parsec"):
        names = {row[0] for row in database.run("SHOW PLUGINS")}
        if plugin not in names:
            database.run(f"INSTALL SONAME 'auth_{plugin}'")
    return True


def _config(config: dict[str, str], **changes: str) -> dict[str, str]:
    return {
        **config, "database.user": USER, "database.password": PASSWORD,
        **{name.replace("__", "."): value for name, value in changes.items()},
    }  # fmt: skip


def _cipher(server, config: dict[str, str]) -> str:
    """Of a connection with these settings; empty for plain text."""
    with Server(settings.parse(server.flavor, config).server) as connected:
        rows = connected.query("SHOW STATUS LIKE 'Ssl_cipher'")
        return rows[0][1] if rows else ""


@pytest.mark.parametrize("plugin", PLUGINS)
@pytest.mark.parametrize("kind", ["off", "required"])
def test_a_task_runs_as_a_user_of_each_plugin(database, config, start, user, plugin, kind) -> None:
    server = database.server
    if not _with_plugin(database, plugin) or (kind == "required" and server.certificates is None):
        user("mysql_native_password" if PLUGINS["mysql_native_password"](server) else "caching_sha2_password")
        return
    user(plugin)
    database.run("CREATE TABLE marker (id INT PRIMARY KEY)", "INSERT INTO marker VALUES (1)")
    changed = {"database__user": USER, "database__password": PASSWORD, "database__ssl__mode": _mode(server, kind)}
    running = start(**changed)
    running.until(streaming)
    database.run("INSERT INTO marker VALUES (2)")
    running.until(has_marker(2))
    assert [value["op"] for value in running.values("marker")] == ["r", "c"]
    assert bool(_cipher(server, _config(config, database__ssl__mode=_mode(server, kind)))) == (kind == "required")
    with pytest.raises(AccessError, match=f"refused user '{USER}'"):
        _cipher(server, _config(config, database__password="wrong", database__ssl__mode=_mode(server, kind)))


def _plugin_of(server) -> str:
    return "caching_sha2_password" if server.since((8, 0, 4), None) else "mysql_native_password"


def test_a_server_without_tls_is_refused_where_it_is_wanted(database, config, user) -> None:
    server = database.server
    user(_plugin_of(server))
    if server.certificates is not None or database.run("SHOW VARIABLES LIKE 'have_ssl'")[0][1] == "YES":
        return
    with pytest.raises(ServerError, match="SSL"):
        _cipher(server, _config(config, database__ssl__mode=_mode(server, "required")))
    assert _cipher(server, _config(config, database__ssl__mode=_mode(server, "preferred"))) == ""


@pytest.fixture
def stores(database, tmp_path):
    """Folder with the authority and a client's key as PEM, PKCS12 and JKS; None where the server has no TLS."""
    if database.server.certificates is None:
        return None
    source = database.server.certificates
    (tmp_path / "key.pem").write_bytes((source / "client.pem").read_bytes() + (source / "client-key.pem").read_bytes())
    (tmp_path / "trust.pem").write_bytes((source / "ca.pem").read_bytes())
    authority = x509.load_pem_x509_certificate((source / "ca.pem").read_bytes())
    client = x509.load_pem_x509_certificate((source / "client.pem").read_bytes())
    key = load_pem_private_key((source / "client-key.pem").read_bytes(), None)
    encryption = BestAvailableEncryption(b"secret")
    (tmp_path / "key.p12").write_bytes(pkcs12.serialize_key_and_certificates(b"key", key, client, None, encryption))
    trust = pkcs12.serialize_java_truststore([pkcs12.PKCS12Certificate(authority, b"ca")], encryption)
    (tmp_path / "trust.p12").write_bytes(trust)
    for name in ("key", "trust"):
        command = ["keytool", "-importkeystore", "-noprompt", "-srckeystore", f"{name}.p12", "-srcstorepass", "secret",
                   "-destkeystore", f"{name}.jks", "-deststoretype", "JKS", "-deststorepass", "secret"]  # fmt: skip
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    return tmp_path


def _trusting(folder: Path, kind: str, name: str = "trust") -> dict[str, str]:
    return {
        f"database.ssl.{name}store": str(folder / f"{name}.{kind}"),
        f"database.ssl.{name}store.password": "" if kind == "pem" else "secret",
    }


@pytest.mark.parametrize("store", ["pem", "p12", "jks"])
@pytest.mark.parametrize("kind", ["authority", "name"])
def test_a_trusted_server_is_connected(database, config, user, stores, store, kind) -> None:
    user(_plugin_of(database.server))
    if stores is None:
        return
    trusting = {**_config(config, database__ssl__mode=_mode(database.server, kind)), **_trusting(stores, store)}
    assert _cipher(database.server, trusting)


def test_a_server_of_another_authority_is_refused(database, config, user, stores, tmp_path) -> None:
    user(_plugin_of(database.server))
    if stores is None:
        return
    server_certificates.write(tmp_path / "others")
    for kind in ("authority", "name"):
        wrong = {
            **_config(config, database__ssl__mode=_mode(database.server, kind)),
            "database.ssl.truststore": str(tmp_path / "others" / "ca.pem"),
        }
        with pytest.raises(ServerError, match="certificate verify failed"):
            _cipher(database.server, wrong)
        del wrong["database.ssl.truststore"]
        with pytest.raises(ServerError, match="certificate verify failed"):
            _cipher(database.server, wrong)


def test_a_server_of_another_name_is_refused_where_the_name_counts(database, config, user, stores) -> None:
    user(_plugin_of(database.server))
    if stores is None:
        return
    other = {**_config(config, database__hostname="127.1"), **_trusting(stores, "pem")}
    assert _cipher(database.server, {**other, "database.ssl.mode": _mode(database.server, "authority")})
    with pytest.raises(ServerError, match="certificate verify failed"):
        _cipher(database.server, {**other, "database.ssl.mode": _mode(database.server, "name")})


@pytest.mark.parametrize("store", ["pem", "p12", "jks"])
def test_a_client_shows_its_certificate(database, config, user, stores, store, start) -> None:
    user(_plugin_of(database.server), "REQUIRE X509" if stores is not None else "")
    if stores is None:
        return
    without = {
        **_config(config, database__ssl__mode=_mode(database.server, "authority")),
        **_trusting(stores, "pem"),
    }
    with pytest.raises(AccessError):
        _cipher(database.server, without)
    shown = {**without, **_trusting(stores, store, "key")}
    assert _cipher(database.server, shown)
    database.run("CREATE TABLE marker (id INT PRIMARY KEY)", "INSERT INTO marker VALUES (1)")
    running = start(**{name: value for name, value in shown.items() if name.startswith("database.")})
    running.until(streaming)
    database.run("INSERT INTO marker VALUES (2)")
    running.until(has_marker(2))


def test_a_wrong_password_of_a_store_is_told(database, config, stores) -> None:
    if stores is None:
        return
    wrong = {
        **_config(config, database__ssl__mode=_mode(database.server, "authority")),
        **_trusting(stores, "jks"),
        "database.ssl.truststore.password": "wrong",
    }
    with pytest.raises(ConfigError, match=r"database\.ssl\.truststore .*password"):
        settings.parse(database.server.flavor, wrong)
