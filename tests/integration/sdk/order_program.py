"""A consuming program to be killed: writes the id of each order it handled into a file.

python -m tests.integration.sdk.order_program ADDRESS TOPIC GROUP FILE PAUSE_S
"""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import Any

from rowtide_sdk import CommitPolicy, Consumer, Insert


def main() -> None:
    address, topic, group, file, pause_s = sys.argv[1:]
    handled = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def handler(event: Any) -> None:
        assert isinstance(event, Insert)
        time.sleep(float(pause_s))
        os.write(handled, f"{event.after['id']}\n".encode())

    with Consumer(
        topic,
        group_id=group,
        bootstrap_servers=address,
        commit=CommitPolicy(events=20),
        kafka={"session_timeout_ms": 6000},
    ) as consumer:
        signal.signal(signal.SIGTERM, lambda *_: consumer.stop())
        consumer.run(handler)


if __name__ == "__main__":
    main()
