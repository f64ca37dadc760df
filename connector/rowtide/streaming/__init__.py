"""The running stream: binlog events to changes, with transactions, DDL and offsets in Debezium's terms."""
