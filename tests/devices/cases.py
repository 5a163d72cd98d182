"""Every op's inputs and every program, for the checks of devices that are not there."""

from __future__ import annotations

import samegraph.ops  # noqa: F401
from samegraph.backend import load
from samegraph.conformance.batches import DRAWN, batch_of, chunks
from samegraph.op import Op
from samegraph.registry import OPS
from samegraph.session import Session

BLOCKS = {name: op for name, op in OPS.items() if isinstance(op, Op)}


def run_cases(backend, op, route):
    """Runs what the suite asks of one input of each kind and dtype of an op; what it answers is left aside."""
    whole = load(backend.name)
    if op.name in whole.lacks:
        return
    batch = batch_of(op, DRAWN)
    session = Session(graph=batch.graph, backend=backend, gradients=route)
    for e in batch.entries:
        if e.error is not None:
            raise e.error
    asked = batch.parts_for(backend, route)
    one = {(e.inputs.kind.split()[0], e.inputs.dtype): e for e in asked}  # the largest: they are in order of size
    parts = {e: asked[e] for e in one.values()}
    for chunk in chunks(parts):
        feeds = {t: v for e in chunk for t, v in e.case.feeds.items()}
        session.run([t for e in chunk for t in e.flat(parts[e])], feeds)
