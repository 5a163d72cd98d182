"""What the frameworks may use of this machine, and what goes into the JSON about it."""

from __future__ import annotations

import importlib.metadata
import os
import sys
from collections.abc import Mapping
from typing import Any

_ASKED_BY = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
    "NPROC",
    "PJRT_NPROC",
)
"""The last two are XLA's."""
_PACKAGES = ("numpy", "torch", "jax", "jaxlib", "tensorflow", "tensorflow-cpu", "optax", "samegraph")


def cores() -> int:
    """How many this process may run on."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def ask_for_threads(count: int) -> None:
    """To be called before any framework is imported: most read their thread count once.

    GNU OpenMP's idle threads would spin for about 10 ms, through the next candidate's turn: they stop after a tenth.
    """
    os.environ.update(dict.fromkeys(_ASKED_BY, str(count)), GOMP_SPINCOUNT="30000")


def share_a_gpu() -> None:
    """To be called before any framework is imported: none may take all of a GPU's memory to itself."""
    os.environ["TF_FORCE_GPU_ALLOW_GROWTH"] = "true"
    os.environ["XLA_PYTHON_CLIENT_PREALLOCATE"] = "false"


def settle_threads(count: int) -> None:
    """Tells the frameworks that are loaded, and have not computed yet, how many threads to use; NumPy's BLAS at any time."""
    _blas(count)
    torch, tensorflow = sys.modules.get("torch"), sys.modules.get("tensorflow")
    if torch is not None:
        torch.set_num_threads(count)
    if tensorflow is not None:
        try:
            tensorflow.config.threading.set_intra_op_parallelism_threads(count)
            tensorflow.config.threading.set_inter_op_parallelism_threads(count)
        except RuntimeError:  # It has computed already; then TF_NUM_..._THREADS were read, and they say the same.
            pass


def threads(asked: int) -> dict[str, Any]:
    """How many threads were asked for, and what the frameworks that can be asked say they use."""
    found: dict[str, Any] = {"asked for": asked}
    torch, tensorflow = sys.modules.get("torch"), sys.modules.get("tensorflow")
    if torch is not None:
        found["torch"] = torch.get_num_threads()
    if tensorflow is not None:
        found["tensorflow intra-op"] = tensorflow.config.threading.get_intra_op_parallelism_threads()
        found["tensorflow inter-op"] = tensorflow.config.threading.get_inter_op_parallelism_threads()
    if "jax" in sys.modules:
        found["jax"] = f"{os.environ['PJRT_NPROC']} by PJRT_NPROC"
    return found | _blas_threads()


def _blas(count: int) -> None:
    try:
        from threadpoolctl import threadpool_limits
    except ImportError:
        return
    threadpool_limits(count)


def _blas_threads() -> dict[str, int]:
    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        return {}
    # NumPy and SciPy bring a copy of the same library each.
    return {f"{pool['internal_api']} {i}": pool["num_threads"] for i, pool in enumerate(threadpool_info())}


def load() -> float | None:
    """How many processes have wanted a core in the last minute, where that is known."""
    try:
        return round(os.getloadavg()[0], 1)
    except (AttributeError, OSError):
        return None


def versions() -> dict[str, str]:
    """Of the frameworks that are installed."""
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def without_names(info: Mapping[str, Any]) -> dict[str, Any]:
    """pytest-benchmark's description of the machine, less what names a host or its makers."""
    return {key: value for key, value in info.items() if key not in ("node", "release", "python_build")}
