"""Bytes of the binary log to events: packets, events, row images, GTID sets. Opens no sockets outside `client`."""
