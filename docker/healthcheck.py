"""Exits with 0 when the worker's GET /health says that it is healthy; ROWTIDE_HEALTH_URL names another address."""

from __future__ import annotations

import os
import sys
import urllib.error
import urllib.request

URL = os.environ.get("ROWTIDE_HEALTH_URL", "http://127.0.0.1:8083/health")
TIMEOUT_S = 11  # the worker itself answers within 10


def main() -> int:
    try:
        with urllib.request.urlopen(URL, timeout=TIMEOUT_S) as answer:
            print(answer.read().decode())
            return 0
    except urllib.error.HTTPError as error:
        print(error.read().decode())
    except OSError as error:
        print(error)
    return 1


if __name__ == "__main__":
    sys.exit(main())
