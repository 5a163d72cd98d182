"""What the backend says of itself is true: what it lacks, has, and does not try."""

from __future__ import annotations

import pytest

import samegraph.ops  # noqa: F401
from samegraph.backend import Backend
from samegraph.conformance.checks import counted
from samegraph.conformance.expectations import Row, expectations_of
from samegraph.op import Op
from samegraph.registry import OPS


def ops() -> set[str]:
    return {name for name, op in OPS.items() if isinstance(op, Op)}


# What no op is, and a backend may lack: samegraph.backend.Backend says what follows from it.
VERBS = {"while_loop_vjp"}


def test_what_it_lacks_are_ops(backend: Backend) -> None:
    """A lack names an op or a verb, gives its reason, and is one."""
    unknown = set(backend.lacks) - ops() - VERBS
    assert not unknown, f"{backend.name} lacks {', '.join(sorted(unknown))}: there are no ops of these names"
    silent = [name for name, reason in backend.lacks.items() if not reason]
    assert not silent, f"{backend.name} gives no reason why it lacks {', '.join(silent)}"
    both = set(backend.lacks) & set(backend.kernels)
    assert not both, f"{backend.name} says it lacks {', '.join(sorted(both))}, and has kernels for them"
    counted(backend.name)


def test_every_kernel_is_of_an_op(backend: Backend) -> None:
    """A kernel that no op calls is misspelt."""
    stray = set(backend.kernels) - ops()
    assert not stray, f"{backend.name} has kernels that no op calls: {', '.join(sorted(stray))}"
    counted(backend.name)


def test_its_file_is_sound(backend: Backend) -> None:
    """The rows of its data file name ops there are. That they name tests there are is seen at collection."""
    unknown = {row.op for row in expectations_of(backend).skips if row.op} - ops()
    assert not unknown, f"{backend.conformance} names {', '.join(sorted(unknown))}: there are no ops of these names"
    counted(backend.name)


def test_untried(backend: Backend, row: Row) -> None:
    """A row for inputs that are not tried."""
    pytest.skip(str(row))
