"""What the frameworks may use of this machine, and what goes into the JSON about it."""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
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
_WATCHED = 1.0  # seconds
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


# Memory -------------------------------------------------------------------------------------------------------------------


def watch_memory(backend: str, device: str) -> int | None:
    """The bytes this process holds now; from here on `memory_since` sees the most it ever held, where Linux can tell."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    if device != "cpu":
        _on_device(backend, device, reset=True)
    return _status("VmRSS")


def memory_since(before: int | None, backend: str, device: str) -> dict[str, int]:
    """The most memory held since `before` was taken: peak_rss_bytes, by how much that exceeds `before`, device_bytes."""
    peak = _status("VmHWM")
    found = {} if peak is None else {"peak_rss_bytes": peak}
    if peak is not None and before is not None:
        found["peak_rss_growth_bytes"] = max(0, peak - before)
    on_device = None if device == "cpu" else _on_device(backend, device, reset=False)
    return found if on_device is None else {**found, "device_bytes": on_device}


def _status(name: str) -> int | None:
    try:
        text = Path("/proc/self/status").read_text()
    except OSError:
        return None
    line = next((line for line in text.splitlines() if line.startswith(f"{name}:")), None)
    return None if line is None else int(line.split()[1]) * 1024


def _on_device(backend: str, device: str, *, reset: bool) -> int | None:
    """The most bytes of the device's memory that the framework held; JAX cannot reset its own, so that is since the start."""
    framework = sys.modules.get(backend)
    try:
        if framework is None:
            return None
        if backend == "torch":
            place = device.replace("gpu", "cuda")
            if reset:
                framework.cuda.reset_peak_memory_stats(place)
            return int(framework.cuda.max_memory_allocated(place))
        if backend == "tensorflow":
            place = device.replace("gpu", "GPU") + ("" if ":" in device else ":0")
            if reset:
                framework.config.experimental.reset_memory_stats(place)
            return int(framework.config.experimental.get_memory_info(place)["peak"])
        index = int(device.partition(":")[2] or 0)
        return int((framework.devices("gpu")[index].memory_stats() or {})["peak_bytes_in_use"])
    except (AttributeError, KeyError, RuntimeError, ValueError):
        return None


# What was found ------------------------------------------------------------------------------------------------------------


def gpu() -> dict[str, Any]:
    """What is known about the GPUs: each one's name, driver, clocks (MHz) and memory, where nvidia-smi can be asked."""
    asked = ("name", "driver_version", "clocks.sm", "clocks.mem", "clocks.max.sm", "memory.total", "power.limit")
    command = ["nvidia-smi", f"--query-gpu={','.join(asked)}", "--format=csv,noheader,nounits"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        return {"unknown": f"nvidia-smi cannot be asked: {type(error).__name__}"}
    rows = [line.split(", ") for line in done.stdout.strip().splitlines()]
    return {"gpus": [dict(zip(asked, row, strict=False)) for row in rows]}


def precision() -> dict[str, Any]:
    """The settings that let a framework compute less than it is asked for (TF32), or more (JAX's 64 bits)."""
    found: dict[str, Any] = {}
    torch, tensorflow, jax = (sys.modules.get(name) for name in ("torch", "tensorflow", "jax"))
    if torch is not None:
        found["torch matmul precision"] = torch.get_float32_matmul_precision()
        found["torch TF32 in convolutions"] = bool(torch.backends.cudnn.allow_tf32)
    if tensorflow is not None:
        found["tensorflow TF32"] = bool(tensorflow.config.experimental.tensor_float_32_execution_enabled())
    if jax is not None:
        found["jax matmul precision"] = str(jax.config.jax_default_matmul_precision)
        found["jax x64"] = bool(jax.config.jax_enable_x64)
    return found


def load() -> float | None:
    """How many cores others keep busy now, where the system tells; else how many processes wanted one in the last minute, or None.

    In a job that did something else before, the last minute says what that did.
    """
    try:
        before = _ticks()
        time.sleep(_WATCHED)
        busy, idle = (now - then for now, then in zip(_ticks(), before, strict=True))
        return round((os.cpu_count() or 1) * busy / (busy + idle), 1)
    except (OSError, ValueError, ZeroDivisionError):
        pass
    try:
        return round(os.getloadavg()[0], 1)
    except (AttributeError, OSError):
        return None


def _ticks() -> tuple[int, int]:
    """What all cores together were busy, and idle, since the machine started (Linux: proc_stat(5); a core taken by other machines is busy)."""
    with open("/proc/stat", encoding="ascii") as lines:
        user, nice, system, idle, waiting, interrupts, soft, stolen = map(int, lines.readline().split()[1:9])
    return user + nice + system + interrupts + soft + stolen, idle + waiting


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
