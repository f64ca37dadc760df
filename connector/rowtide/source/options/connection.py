"""Options of the connection to the server: the group that is named after it."""

from __future__ import annotations

from rowtide.config.definition import REQUIRED, ConfigKey
from rowtide.source.options.declare import (
    CLASS,
    HIGH,
    INT,
    LONG,
    LOW,
    MEDIUM,
    PASSWORD,
    STRING,
    choice,
    grouped,
    host,
    not_negative,
    option,
    positive,
    required_topic_name,
)

SSL_MODES = {
    "mysql": ("disabled", "preferred", "required", "verify_ca", "verify_identity"),
    "mariadb": ("disable", "trust", "verify-ca", "verify-full"),
}
_NO_DRIVER = "Accepted without effect: there is no JDBC driver here."


def connection(flavor: str) -> list[ConfigKey]:
    driver = [
        option("database.jdbc.driver", CLASS, "com.mysql.cj.jdbc.Driver", LOW, _NO_DRIVER),
        option("database.protocol", STRING, "jdbc:mysql", LOW, _NO_DRIVER),
    ]
    keys = [
        option("topic.prefix", STRING, REQUIRED, HIGH, "Logical name of the server: prefix of every topic and schema name.", required_topic_name),
        option("database.hostname", STRING, REQUIRED, HIGH, "Host of the server.", host),
        option("database.port", INT, 3306, HIGH, "Port of the server.", not_negative),
        option("database.user", STRING, REQUIRED, HIGH, "User to log in with."),
        option("database.password", PASSWORD, None, HIGH, "The user's password."),
        option("database.query.timeout.ms", INT, 600_000, LOW, "Longest time for a statement, in ms; 0 for none.", not_negative),
        option("database.initial.statements", STRING, None, LOW, "Statements, separated by semicolons (`;;` for a semicolon), run on each connection that queries."),
        option("database.server.id", LONG, REQUIRED, HIGH, "Replica id to announce; unique among all replicas and readers of the server.", positive),
        option("database.server.id.offset", LONG, 10_000, HIGH, "Accepted and unused, as in Debezium."),
        option("database.ssl.keystore", STRING, None, MEDIUM, "File with the client's certificate and key: PEM, PKCS12 or JKS."),
        option("database.ssl.keystore.password", PASSWORD, None, MEDIUM, "Password of the client's key."),
        option("database.ssl.truststore", STRING, None, MEDIUM, "File with the authorities to trust: PEM, PKCS12 or JKS."),
        option("database.ssl.truststore.password", PASSWORD, None, MEDIUM, "Password of the file with the authorities."),
        *(driver if flavor == "mysql" else []),
        choice("database.ssl.mode", "preferred" if flavor == "mysql" else "disable", MEDIUM, SSL_MODES[flavor], "Whether and how to encrypt connections."),
    ]  # fmt: skip
    return grouped("MySQL" if flavor == "mysql" else "MariaDB", keys)
