"""Opens connections and turns the driver's errors into ours."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pymysql
from pymysql.cursors import Cursor, SSCursor

from rowtide.errors import AccessError, ServerError, ServerUnavailableError
from rowtide.mysql.parsec import ParsecAuthentication
from rowtide.mysql.settings import ServerSettings

Connection = pymysql.connections.Connection

_ACCESS_DENIED = {1044, 1045, 1698, 1141, 1142, 1227, 1370, 3118, 4151}
_TOO_MANY_CONNECTIONS = 1040
_LOST = {
    1053,
    1077,
    1079,
    1080,
    1152,
    1153,
    1158,
    1159,
    1160,
    1161,
    1184,
    1203,
    1205,
    1213,
    2002,
    2003,
    2006,
    2013,
    2014,
    2055,
}


def connect(settings: ServerSettings, *, unbuffered: bool = False, autocommit: bool = True) -> Connection:
    """Opens a connection.

    Args:
        unbuffered: rows are fetched from the socket as they are asked for.

    Raises:
        AccessError: wrong credentials.
        ServerUnavailableError: not reachable.
    """
    with translated(settings):
        connection = _open(settings, unbuffered=unbuffered, autocommit=autocommit)
        with connection.cursor() as cursor:
            for statement in settings.initial_statements:
                cursor.execute(statement)
        return connection


def open_raw(settings: ServerSettings) -> Connection:
    """A connection whose unbuffered cursors give every cell as bytes: as the server prints it, text in UTF-8.

    Raises as `connect`.
    """
    with translated(settings):
        connection = _open(settings, unbuffered=True, autocommit=True, raw=True)
        with connection.cursor() as cursor:
            for statement in (*settings.initial_statements, "SET character_set_results = utf8mb4"):
                cursor.execute(statement)
        return connection


def _open(settings: ServerSettings, *, unbuffered: bool, autocommit: bool, raw: bool = False) -> Connection:
    arguments: dict[str, Any] = {
        "host": settings.host,
        "port": settings.port,
        "user": settings.user,
        "password": settings.password.encode(),  # as clients of the servers do; the driver would take Latin-1
        "connect_timeout": max(1, int(settings.connect_timeout_s)),
        "read_timeout": settings.query_timeout_s or None,
        "charset": "utf8mb4",
        "autocommit": autocommit,
        "auth_plugin_map": {"parsec": ParsecAuthentication},
        "cursorclass": SSCursor if unbuffered else Cursor,
    }
    if raw:
        arguments |= {"use_unicode": False, "conv": dict(pymysql.converters.encoders)}
    if settings.ssl is None:
        return pymysql.connect(**arguments, ssl_disabled=True)
    try:
        return pymysql.connect(**arguments, ssl=settings.ssl)
    except pymysql.err.OperationalError as error:
        refused = error.args[0] == 2026 or isinstance(error.__cause__, ssl.SSLError)
        if settings.ssl_required or not refused:
            raise
        return pymysql.connect(**arguments, ssl_disabled=True)


@contextmanager
def translated(settings: ServerSettings) -> Iterator[None]:
    """Raises the driver's errors as ours, the server's number and text included."""
    try:
        yield
    except pymysql.err.MySQLError as error:
        raise translate(error, settings) from error
    except OSError as error:
        raise ServerUnavailableError(f"Connection to {settings.address} failed: {error}.") from error


def translate(error: pymysql.err.MySQLError, settings: ServerSettings) -> ServerError:
    """The error to raise for one of the driver's; numbers are those of the server's error reference."""
    number = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    text = str(error.args[1]) if len(error.args) > 1 else str(error)
    if number in _ACCESS_DENIED:
        return AccessError(
            f"{settings.address} refused user '{settings.user}': {text} (error {number}).",
            hint="Check database.user, database.password and the user's grants.",
            number=number,
        )
    if number in _LOST or number == _TOO_MANY_CONNECTIONS or isinstance(error, pymysql.err.InterfaceError):
        return ServerUnavailableError(
            f"Connection to {settings.address} failed: {text} (error {number}).",
            hint="Check database.hostname and database.port, and that the server is up.",
        )
    return ServerError(f"{settings.address} answered: {text} (error {number}).", number=number)
