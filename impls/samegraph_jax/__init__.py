"""samegraph on JAX: steps compiled by jax.jit with dying variables donated; gradients by jax.vjp."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from functools import cache
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from samegraph.backend import Backend, kernels_of

from . import kernels

_PLATFORMS = {"gpu": "gpu", "cuda": "gpu", "rocm": "gpu", "tpu": "tpu", "METAL": "mps", "cpu": "cpu"}


@cache
def _all_devices() -> dict[str, jax.Device]:
    found: dict[str, jax.Device] = {}
    for devices in (jax.devices(), jax.devices("cpu")):
        for d in devices:
            name = _PLATFORMS.get(d.platform, d.platform)
            count = sum(1 for k in found if k.split(":")[0] == name)
            if d not in found.values():
                found[name if count == 0 else f"{name}:{count}"] = d
    return found


def _devices() -> list[str]:
    names = list(_all_devices())
    return ["cpu", *(n for n in names if n != "cpu")]


def _to_device(array: np.ndarray[Any, Any], device: str) -> jax.Array:
    """A copy: JAX was seen reading a fed array's memory after the call that took it had returned."""
    return jax.device_put(np.array(array), _all_devices()[device], may_alias=False)


def _to_step(array: np.ndarray[Any, Any], device: str) -> Any:
    """A copy that jit itself hands over, several times faster than device_put; elsewhere than on the default device, that."""
    return np.array(array) if _all_devices()[device] == jax.devices()[0] else _to_device(array, device)


def _to_numpy(value: Any) -> np.ndarray[Any, Any]:
    return np.array(value)


def _make_state(value: Any, device: str, rows: bool) -> jax.Array:
    if isinstance(value, jax.Array):
        return jnp.copy(value)
    return _to_device(np.asarray(value), device)


def _value_and_vjp(fn: Callable[..., Any], xs: tuple[Any, ...], grad_ys: tuple[Any, ...] | None = None) -> Any:
    ys, pull, aux = jax.vjp(fn, *xs, has_aux=True)
    given = tuple(jnp.ones_like(y) for y in ys) if grad_ys is None else grad_ys
    return (ys, aux), pull(given)


def _compile(step: Callable[..., Any], donate: Sequence[int]) -> Callable[..., Any]:
    return jax.jit(step, donate_argnums=tuple(donate))


def _update_rows(table: jax.Array, indices: jax.Array, updates: jax.Array, how: str, ok: Any) -> jax.Array:
    flat = indices.reshape(-1)
    rows = updates.reshape(flat.shape[0], *table.shape[1:])
    if how == "update":
        return table.at[flat].set(rows if ok is None else jnp.where(ok, rows, table[flat]))
    rows = rows if ok is None else jnp.where(ok, rows, jnp.zeros_like(rows))
    return table.at[flat].add(rows) if how == "add" else table.at[flat].add(-rows)


def _ok_all(flags: Sequence[jax.Array]) -> jax.Array:
    """0, or 1 + the index of the first False flag."""
    failed = jnp.int32(0)
    for i in reversed(range(len(flags))):
        failed = jnp.where(flags[i], failed, jnp.int32(i + 1))
    return failed


def _cond(pred: jax.Array, true_fn: Callable[[], Any], false_fn: Callable[[], Any]) -> Any:
    return jax.lax.cond(pred, true_fn, false_fn)


def _while_loop(cond: Callable[..., Any], body: Callable[..., Any], init: tuple[Any, ...]) -> Any:
    return jax.lax.while_loop(lambda values: cond(*values), lambda values: body(*values), init)


def _scan(
    body: Callable[..., Any],
    init: tuple[Any, ...],
    elems: tuple[Any, ...],
    length: int,
    empty: tuple[Any, ...],
    reverse: bool = False,
) -> Any:
    return jax.lax.scan(lambda carry, e: body(*carry, *e), init, elems, length=length, reverse=reverse)


def _scope(device: str) -> AbstractContextManager[Any]:
    """What is made of nothing lies on the device."""
    chosen = _all_devices()[device]
    return nullcontext() if chosen == jax.devices()[0] else jax.default_device(chosen)


def _wide(device: str) -> AbstractContextManager[Any]:
    stack = ExitStack()
    stack.enter_context(_scope(device))
    stack.enter_context(jax.enable_x64(True))
    return stack


@contextmanager
def _x64(on: bool) -> Iterator[None]:
    """The user's own jax_enable_x64, for all threads."""
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", on)
    try:
        yield
    finally:
        jax.config.update("jax_enable_x64", before)


backend = Backend(
    name="jax",
    contract_version=1,
    version=jax.__version__,
    kernels=kernels_of(*kernels.FAMILIES),
    dtypes=frozenset("float16 bfloat16 float32 float64 int8 int16 int32 int64 uint8 uint16 uint32 uint64 bool".split()),
    devices=_devices,
    to_device=_to_device,
    to_numpy=_to_numpy,
    make_state=_make_state,
    value_and_vjp=_value_and_vjp,
    to_step=_to_step,
    compile=_compile,
    update_rows=_update_rows,
    barrier=jax.lax.optimization_barrier,
    scope=_scope,
    wide=_wide,
    ok_all=_ok_all,
    cond=_cond,
    while_loop=_while_loop,
    scan=_scan,
    lacks={"while_loop_vjp": "the memory that reverse mode needs must be known before lax.while_loop runs"},
    # the one that this process is not under
    settings={"x32": lambda: _x64(False)} if jax.config.jax_enable_x64 else {"x64": lambda: _x64(True)},
    conformance=str(Path(__file__).with_name("conformance.json")),
)
