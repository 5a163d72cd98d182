"""samegraph on NumPy: steps run as they are; gradients by the specification's rules."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import copy_context
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from samegraph.backend import Backend, kernels_of

from . import kernels
from .kernels.indexing import _add_rows, _places
from .sharing import MODULES as SHARED_WORK
from .sharing import SHARED
from .spelling import MODULES, SPELLED

Array = np.ndarray[Any, Any]


def _update_rows(table: Array, indices: Array, updates: Array, how: str, ok: Any) -> Array:
    _add_rows(table, indices, updates, how)
    return table


def _make_state(value: Any, device: str, rows: bool) -> Array:
    return np.array(value, order="C")


def _enclosed(step: Callable[..., Any], device: str) -> Callable[..., Any]:
    """Runs in a context of its own in which NumPy warns of nothing: a tenth of what entering np.errstate costs."""
    run = copy_context().run
    run(np.seterr, all="ignore")
    return partial(run, step)


_KERNELS = kernels_of(*kernels.FAMILIES)

backend = Backend(
    name="numpy",
    contract_version=1,
    version=np.__version__,
    kernels=_KERNELS,
    dtypes=frozenset("float16 bfloat16 float32 float64 int8 int16 int32 int64 uint8 uint16 uint32 uint64 bool".split()),
    devices=lambda: ["cpu"],
    to_device=lambda array, device: array,
    to_numpy=lambda value: np.array(value, order="C"),
    make_state=_make_state,
    update_rows=_update_rows,
    order_rows=_places,
    scope=lambda device: np.errstate(all="ignore"),
    enclosed=_enclosed
    if np.lib.NumpyVersion(np.__version__) >= "2.0.0"
    else None,  # before, it was the thread's matter
    hand_over=np.asarray,
    spelled={_KERNELS[op]: spell for op, spell in SPELLED.items()},
    shared={_KERNELS[op]: share for op, share in SHARED.items()},
    modules={**MODULES, **SHARED_WORK},
    conformance=str(Path(__file__).with_name("conformance.json")),
)
