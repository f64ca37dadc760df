"""Writes the interface description that workers serve, connector/rowtide/runtime/rest/openapi.json, from its source.

The source is schemas/connect-rest/openapi.yaml. A test fails when the two differ.
"""

from __future__ import annotations

import json
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "schemas/connect-rest/openapi.yaml"
SERVED = ROOT / "connector/rowtide/runtime/rest/openapi.json"


def served_text() -> str:
    """What the served file must hold."""
    return json.dumps(yaml.safe_load(SOURCE.read_text(encoding="utf-8")), indent=1) + "\n"


if __name__ == "__main__":
    SERVED.write_text(served_text(), encoding="utf-8")
