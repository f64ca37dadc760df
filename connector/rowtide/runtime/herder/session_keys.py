"""The key by which workers sign requests to each other: when the leader replaces it, signing and checking."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Mapping

from rowtide.errors import BadRequestError
from rowtide.runtime.config import WorkerConfig
from rowtide.runtime.storage.snapshot import SessionKey

SIGNATURE_HEADER = "X-Connect-Authorization"
ALGORITHM_HEADER = "X-Connect-Request-Signature-Algorithm"
HMAC_SHA256 = "HmacSHA256"
_KEY_BYTES = 32


def now_ms() -> int:
    return time.time_ns() // 1_000_000


class SessionKeys:
    """Decides when a new key is due."""

    def __init__(self, config: WorkerConfig, clock_ms: Callable[[], int] = now_ms) -> None:
        self._ttl_ms = config.number("inter.worker.key.ttl.ms")
        bits = config["inter.worker.key.size"]
        self._bytes = bits // 8 if isinstance(bits, int) else _KEY_BYTES
        self._clock_ms = clock_ms

    def is_due(self, key: SessionKey | None) -> bool:
        """True when the leader has to write a new key: none yet, expired, or of another algorithm or length."""
        if key is None or key.algorithm != HMAC_SHA256 or len(key.key) != self._bytes:
            return True
        return self._ttl_ms > 0 and self._clock_ms() >= key.created_ms + self._ttl_ms

    def new(self) -> SessionKey:
        return SessionKey(secrets.token_bytes(self._bytes), HMAC_SHA256, self._clock_ms())


def signature_headers(key: SessionKey, body: bytes) -> dict[str, str]:
    """The headers that sign a request's raw body, which may be empty."""
    digest = hmac.new(key.key, body, hashlib.sha256).digest()
    return {SIGNATURE_HEADER: base64.b64encode(digest).decode(), ALGORITHM_HEADER: HMAC_SHA256}


def read_signature(headers: Mapping[str, str]) -> bytes | None:
    """The signature of a request, None when it is not signed; header names in lower case.

    Raises:
        BadRequestError: another algorithm, or a signature that is not base64.
    """
    text = headers.get(SIGNATURE_HEADER.lower())
    algorithm = headers.get(ALGORITHM_HEADER.lower())
    if text is None or algorithm is None:
        return None
    if algorithm.lower() != HMAC_SHA256.lower():
        raise BadRequestError(f"Algorithm {algorithm} not available")
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise BadRequestError(f"The header {SIGNATURE_HEADER} is not base64.") from None


def is_valid(key: SessionKey, body: bytes, signature: bytes) -> bool:
    return hmac.compare_digest(hmac.new(key.key, body, hashlib.sha256).digest(), signature)
