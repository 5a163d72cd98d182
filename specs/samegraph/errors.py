"""What a run may raise, by TF1's names (https://www.tensorflow.org/versions/r1.15/api_docs/python/tf/errors)."""

from __future__ import annotations

from typing import Any


class OpError(Exception):
    """A failure that belongs to one operation.

    op: the operation, or None. message: what went wrong. line: the user's line that made the operation, or "".
    """

    def __init__(self, node_def: Any, op: Any, message: str, error_code: int | None = None) -> None:
        self.node_def, self.op, self.message, self.error_code = node_def, op, message, error_code
        self.line: str = getattr(op, "made_at", "")
        super().__init__(message)

    def __str__(self) -> str:
        if self.op is None:
            return self.message
        return f"{self.message}\n  {self.op.type} operation {self.op.name!r}, made at {self.line}"


class InvalidArgumentError(OpError):
    """A value an op cannot take: an id outside a table, a placeholder not fed, a number that is not finite."""


class FailedPreconditionError(OpError):
    """A variable was read before it was initialised, or its session lost it."""


class NotFoundError(OpError):
    """A file, or a name in a file, does not exist."""


class OutOfRangeError(OpError):
    """An input ran out."""


class ResourceExhaustedError(OpError):
    """Something ran out: memory, above all."""


class UnknownError(OpError):
    """A Python function raised what has no name here; its own exception is chained."""


class UnimplementedError(OpError):
    """The backend lacks what the program needs."""


class InternalError(OpError):
    """The framework failed; its own exception is chained."""


class DataLossError(OpError):
    """A file is truncated or damaged."""
