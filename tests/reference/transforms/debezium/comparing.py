"""Comparison where Debezium says less of a wrong configuration than we do."""

from __future__ import annotations

import re
from typing import Any

from tests.reference.transforms.comparison import WORDLESS, Case, Java, java_outcomes, our_outcomes

_REASON = re.compile("(valid regular expressions is expected, but ).*", re.DOTALL)


def differences(java: Java, case: Case, our_case: Case | None = None) -> list[tuple[int, Any, Any]]:
    """Number, Java's and our outcome of each record that the two treat differently; -1 is the configuration.

    Where an error of Java's was not foreseen, ours may say anything. A refused configuration is a ConfigError of ours
    whatever Java throws, and what Java only logs follows Java's words. `our_case`: where ours has other options.
    """
    theirs, ours = java_outcomes(java, case), our_outcomes(our_case or case)
    if isinstance(theirs, dict) or isinstance(ours, dict):
        agree = isinstance(theirs, dict) and isinstance(ours, dict) and _says(ours["error"], theirs["error"])
        return [] if agree else [(-1, theirs, ours)]
    pairs = enumerate(zip(theirs, ours, strict=True))
    return [(i, their, our) for i, (their, our) in pairs if their != our and not _both_wordless(their, our)]


def _says(ours: str, theirs: str) -> bool:
    return (bool(ours) and theirs == WORDLESS) or ours.startswith(_REASON.sub(r"\1", theirs))


def _both_wordless(their: Any, our: Any) -> bool:
    return their.get("error") == WORDLESS and bool(our.get("error"))
