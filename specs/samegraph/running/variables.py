"""Variables' values between runs, in the form in which the backend keeps them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..backend import Backend
from ..errors import FailedPreconditionError
from ..graph import Operation


class Variables:
    """values: of those that have one. in_rows: those kept in the form that rows are updated in.

    lost: those whose memory a framework took with it when it failed. forms: goes up when `in_rows` grows.
    """

    def __init__(self, backend: Backend, device: str) -> None:
        self.backend, self.device = backend, device
        self.values: dict[Operation, Any] = {}
        self.in_rows: set[Operation] = set()
        self.lost: set[Operation] = set()
        self.forms = 0

    def value(self, v: Operation) -> Any:
        """The value of `v`; FailedPreconditionError when it has none."""
        if v not in self.values:
            raise self._missing(v)
        return self.values[v]

    def keep_in_rows(self, variables: Iterable[Operation]) -> None:
        """From now on keeps the variables in the form that rows are updated in."""
        for v in variables:
            if v not in self.in_rows:
                self.values[v] = self.kept(self.value(v), True)
                self.in_rows.add(v)
                self.forms += 1

    def kept(self, value: Any, rows: bool) -> Any:
        return self.backend.make_state(value, self.device, rows)

    def made(self, values: Mapping[Operation, Any]) -> dict[Operation, Any]:
        """The values in the form in which they are kept, sharing memory with nothing."""
        return {v: self.kept(value, v in self.in_rows) for v, value in values.items()}

    def forget_unreadable(self, variables: Iterable[Operation]) -> None:
        """After a framework failed with variables' memory in its hands: those that cannot be read are lost."""
        for v in variables:
            try:
                self.backend.to_numpy(self.values[v])
            except Exception:
                self.values.pop(v, None)
                self.lost.add(v)

    def _missing(self, v: Operation) -> FailedPreconditionError:
        if v in self.lost:
            text = f"the session lost variable {v.name} when the framework failed in the middle of a step; initialise or restore it"
        else:
            text = (
                f"Attempting to use uninitialized value {v.name}: run tf.global_variables_initializer() (or "
                f"{v.name}.initializer) in this session first"
            )
        return FailedPreconditionError(None, v, text)
