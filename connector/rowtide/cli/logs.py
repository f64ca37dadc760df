"""Log lines on stderr: time, level, logger and message, one line a record but for traces."""

from __future__ import annotations

import logging
import sys
import time

from rowtide.config.secrets import HidingFormatter

_FORMAT = "%(asctime)s.%(msecs)03dZ %(levelname)-7s [%(name)s] %(message)s"


def log_to_stderr(level: str) -> None:
    """Sets up the process's logging; libraries speak from warning upwards."""
    formatter = HidingFormatter(_FORMAT, "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for name in ("rowtide", "org.apache.kafka.connect"):
        logging.getLogger(name).setLevel(level.upper())
