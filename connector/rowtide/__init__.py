"""Change data capture for MySQL and MariaDB in Debezium's format, on Kafka Connect's protocols."""

from rowtide.version import VERSION

__version__ = VERSION
