"""Which HTTP status each error becomes; the only place that says so."""

from __future__ import annotations

from http import HTTPStatus

from rowtide.errors import AlreadyExistsError, BadRequestError, ConflictError, NotFoundError, RowtideError

_STATUSES: tuple[tuple[type[RowtideError], int], ...] = (
    (NotFoundError, 404),
    (AlreadyExistsError, 409),
    (ConflictError, 409),
    (BadRequestError, 400),
)

NO_LEADER = "Cannot complete request momentarily due to no known leader URL, likely because a rebalance was underway."
CONFLICT = "Cannot complete request because of a conflicting operation (e.g. worker rebalance)"
"""Texts on which known clients decide to try again."""


class HttpError(RowtideError):
    """An answer that is an error, with its status."""

    kind = "http"

    def __init__(self, status: int, message: str = "") -> None:
        super().__init__(message or f"HTTP {status} {HTTPStatus(status).phrase}")
        self.status = status


def status_of(error: BaseException) -> int:
    if isinstance(error, HttpError):
        return error.status
    return next((status for kind, status in _STATUSES if isinstance(error, kind)), 500)
