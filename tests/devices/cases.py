"""Every op's inputs and every program, for the checks of devices that are not there."""

from __future__ import annotations

import samegraph.ops  # noqa: F401
from samegraph.backend import load
from samegraph.conformance.batches import Batch
from samegraph.op import Op
from samegraph.registry import OPS
from samegraph.session import Session

NAMES = [name for name, op in OPS.items() if isinstance(op, Op)]


def run_cases(backend, name, route):
    """Runs all parts of all inputs of an op; what it answers is left aside."""
    whole = load(backend.name)
    if name in whole.lacks:
        return
    batch = Batch(OPS[name], 5)
    session = Session(graph=batch.graph, backend=backend, gradients=route)
    entries = batch.usable(backend)
    for e in entries:
        if e.error is not None:
            raise e.error
    for wide in (False, True):
        chosen = [e for e in entries if e.wide == wide]
        if chosen:
            session.run([t for e in chosen for t in e.flat()], {t: v for e in chosen for t, v in e.case.feeds.items()})
