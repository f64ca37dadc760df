"""A real MariaDB server with a data folder of its own, set up as a source of changes.

Users: root without a password, and cdc (password cdc) with the grants that a connector needs.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pymysql

from rowtide_dev import ports
from rowtide_dev.errors import DevError
from rowtide_dev.service import Service

GRANTS = (
    "SELECT, RELOAD, SHOW DATABASES, LOCK TABLES, "
    "REPLICATION SLAVE, REPLICATION CLIENT, REPLICATION SLAVE ADMIN, BINLOG MONITOR, REPLICA MONITOR"
)
# Run by the server at every start, and kept out of the binlog. One statement a line.
INIT = f"""\
SET SESSION sql_log_bin=0;
CREATE USER IF NOT EXISTS cdc@'%' IDENTIFIED BY 'cdc';
GRANT {GRANTS} ON *.* TO cdc@'%';
"""
SERVER_ID = 11
INSTALL_TIMEOUT_S = 120


class Mariadb(Service):
    name = "mariadb"

    def prepare(self) -> list[str]:
        server = shutil.which("mariadbd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
        if server is None:
            raise DevError("mariadbd is missing: run bin/setup mariadb")
        data = self.folder / "data"
        if not data.exists():
            self._install(data)
        init = self.folder / "init.sql"
        init.write_text(INIT)
        return [
            server,
            *_base_options(data),
            # Relative to the data folder, because a socket's path may not have more than 107 bytes.
            "--socket=mariadb.sock",
            "--pid-file=mariadb.pid",
            f"--bind-address={ports.HOST}",
            f"--port={self.port}",
            f"--init-file={init}",
            f"--server-id={SERVER_ID}",
            "--log-bin=binlog",
            "--binlog-format=ROW",
            "--binlog-row-image=FULL",
            "--binlog-annotate-row-events=ON",
            "--gtid-strict-mode=1",
            "--character-set-server=utf8mb4",
            "--innodb-buffer-pool-size=128M",
            "--innodb-flush-log-at-trx-commit=2",
            "--max-allowed-packet=64M",
            "--performance-schema=OFF",
        ]

    def _install(self, data: Path) -> None:
        """Make the system tables, in a folder that gets its name only when they are complete."""
        unfinished = data.with_suffix(".part")
        shutil.rmtree(unfinished, ignore_errors=True)
        command = [
            "mariadb-install-db",
            *_base_options(unfinished),
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
        ]
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=INSTALL_TIMEOUT_S)
        if done.returncode != 0:
            raise DevError(
                f"mariadb-install-db ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
            )
        unfinished.rename(data)

    def answers(self) -> bool:
        try:
            self.connect().close()
        except (pymysql.Error, OSError):
            return False
        return True

    def connect(self, **options: Any) -> pymysql.connections.Connection[Any]:
        """A connection as root; keyword arguments are PyMySQL's."""
        settings: dict[str, Any] = {
            "host": ports.HOST,
            "port": self.port,
            "user": "root",
            "connect_timeout": 5,
            "autocommit": True,
        }
        return pymysql.connect(**{**settings, **options})


def _base_options(data: Path) -> list[str]:
    # Run as whoever started us: a user like mysql could not enter a home folder. innodb-use-native-aio needs kernel
    # interfaces that containers often lack.
    user = ["--user=root"] if os.getuid() == 0 else []
    return ["--no-defaults", f"--datadir={data}", "--innodb-use-native-aio=0", *user]
