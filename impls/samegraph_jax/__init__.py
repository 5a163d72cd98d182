"""samegraph on JAX: steps compiled by jax.jit with dying variables donated; gradients by jax.vjp."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from functools import cache, partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from samegraph.backend import Backend, kernels_of

from . import kernels
from .repeated import last_of_equal

_ASYNC = "jax_cpu_enable_async_dispatch"
if _ASYNC in jax.config.values:
    # Sessions wait for what they fetch: by way of another thread a small step on a CPU takes two to three times as long. It holds
    # for the process, unless JAX has computed on the CPU before.
    jax.config.update(_ASYNC, False)

_ALIGNMENT, _LARGE = 64, 2**16  # bytes

_PLATFORMS = {"gpu": "gpu", "cuda": "gpu", "rocm": "gpu", "tpu": "tpu", "METAL": "mps", "cpu": "cpu"}


@cache
def _all_devices() -> dict[str, Any]:
    found: dict[str, Any] = {}
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
    if _all_devices()[device] != jax.devices()[0]:
        return _to_device(array, device)
    return np.array(array) if array.nbytes < _LARGE else _aligned(array)


def _aligned(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """A copy where a CPU's JAX takes memory over as it is: at a multiple of 64 bytes. Elsewhere it would copy the copy."""
    memory = np.empty(array.nbytes + _ALIGNMENT, np.uint8)
    start = -memory.__array_interface__["data"][0] % _ALIGNMENT
    copy = memory[start : start + array.nbytes].view(array.dtype).reshape(array.shape)
    np.copyto(copy, array)
    return copy


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
        rows = last_of_equal(flat, rows)
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


def _run_steps(
    step: Callable[..., Any], given: int, carried: Sequence[int | None], donate: Sequence[int]
) -> Callable[..., Any]:
    """A while loop, which a failing step ends, and whose arrays XLA changes in place."""
    masked = [at is not None and given + i not in donate for i, at in enumerate(carried)]
    places = {at: i for i, at in enumerate(carried) if at is not None}

    @partial(jax.jit, static_argnums=0, donate_argnums=tuple(i + 1 for i in donate if i >= given))
    def many(count: int, *args: Any) -> Any:
        stacked, first = args[:given], args[given:]
        out, _, _ = jax.eval_shape(step, *(s[0] for s in stacked), *first)

        def once(carry: Any) -> Any:
            done, outs, state, _ = carry
            out, new, failed = step(*(s[done] for s in stacked), *state)
            ok = jnp.equal(failed, 0)
            outs = tuple(o.at[done].set(v) for o, v in zip(outs, out, strict=True))
            taken = [old if at is None else new[at] for old, at in zip(state, carried, strict=True)]
            state = tuple(jnp.where(ok, v, old) if m else v for v, old, m in zip(taken, state, masked, strict=True))
            return done + ok.astype(jnp.int32), outs, state, jnp.asarray(failed, jnp.int32)

        outs = tuple(jnp.zeros((count, *o.shape), o.dtype) for o in out)
        begin = jnp.int32(0), outs, first, jnp.int32(0)
        done, outs, state, failed = jax.lax.while_loop(lambda c: (c[0] < count) & (c[3] == 0), once, begin)
        return outs, tuple(state[places[at]] for at in range(len(places))), done, failed

    return many


def _scope(device: str) -> AbstractContextManager[Any]:
    """What is made of nothing lies on the device."""
    chosen = _all_devices()[device]
    return nullcontext() if chosen == jax.devices()[0] else jax.default_device(chosen)


def _wide(device: str) -> AbstractContextManager[Any]:
    if _all_devices()[device] == jax.devices()[0]:
        return jax.enable_x64(True)
    stack = ExitStack()
    stack.enter_context(_scope(device))
    stack.enter_context(jax.enable_x64(True))
    return stack


def _enclosed(step: Callable[..., Any], device: str) -> Callable[..., Any]:
    """On the default device there is nothing to be inside of."""
    if _all_devices()[device] == jax.devices()[0]:
        return step

    def on_device(*args: Any) -> Any:
        with _scope(device):
            return step(*args)

    return on_device


@contextmanager
def _x64(on: bool) -> Iterator[None]:
    """The user's own jax_enable_x64, for all threads."""
    before = jax.config.read("jax_enable_x64")
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
    run_steps=_run_steps,
    enclosed=_enclosed,
    lacks={"while_loop_vjp": "the memory that reverse mode needs must be known before lax.while_loop runs"},
    # the one that this process is not under
    settings={"x32": lambda: _x64(False)} if jax.config.read("jax_enable_x64") else {"x64": lambda: _x64(True)},
    conformance=str(Path(__file__).with_name("conformance.json")),
)
