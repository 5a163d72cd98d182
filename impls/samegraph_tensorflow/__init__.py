"""samegraph on TensorFlow: steps traced by tf.function; gradients by GradientTape; tables held in resource variables."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
from samegraph.backend import Backend, kernels_of

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
import tensorflow as tf

from . import kernels
from .repeated import last_of_equal
from .steps import CompiledStep, ManySteps, xla_everywhere

_EagerTensor = type(tf.constant(0))
_CPU = "/job:localhost/replica:0/task:0/device:CPU:0"


def _devices() -> list[str]:
    count = {kind: len(tf.config.list_logical_devices(kind.upper())) for kind in ("cpu", "gpu")}
    return [name if i == 0 else f"{name}:{i}" for name, n in count.items() for i in range(n)]


def _native(device: str) -> str:
    kind, _, number = device.partition(":")
    return f"/{kind.upper()}:{number or 0}"


def _is_chosen(device: str) -> bool:
    """Whether it is TensorFlow's own choice: the first GPU, or where there is none the first CPU."""
    return device == ("gpu" if tf.config.list_physical_devices("GPU") else "cpu")


@contextmanager
def _on(device: str) -> Iterator[None]:
    with nullcontext() if _is_chosen(device) else tf.device(_native(device)):
        if not device.startswith("gpu"):
            yield
            return
        # TensorFlow lets a GPU round the operands of float32's matmuls and convolutions to 10 bits, unless told otherwise.
        precision = tf.config.experimental
        before = precision.tensor_float_32_execution_enabled()
        precision.enable_tensor_float_32_execution(False)
        try:
            yield
        finally:
            precision.enable_tensor_float_32_execution(before)


def _scope(device: str) -> AbstractContextManager[Any]:
    return _on(device) if device.startswith("gpu") or not _is_chosen(device) else nullcontext()


def _enclosed(step: Callable[..., Any], device: str) -> Callable[..., Any]:
    if _is_chosen(device) and not device.startswith("gpu"):
        return step

    def on_device(*args: Any) -> Any:
        with _on(device):
            return step(*args)

    return on_device


def _to_device(array: np.ndarray[Any, Any], device: str) -> tf.Tensor:
    with tf.device(_native(device)):
        return tf.convert_to_tensor(array)


def _to_numpy(value: Any) -> np.ndarray[Any, Any]:
    return np.asarray(value.numpy())  # a copy already


def _make_state(value: Any, device: str, rows: bool) -> Any:
    with tf.device(_native(device)):
        if rows:
            return tf.Variable(value, trainable=False)
        return tf.identity(value)


def _value_and_vjp(fn: Callable[..., Any], xs: tuple[Any, ...], grad_ys: tuple[Any, ...] | None = None) -> Any:
    own = [tf.identity(x) for x in xs]
    with tf.GradientTape() as tape:
        tape.watch(own)
        ys, aux = fn(*own)
    grads = tape.gradient(ys, own, output_gradients=grad_ys, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    return (ys, aux), tuple(tf.convert_to_tensor(g) for g in grads)


def _to_step(array: np.ndarray[Any, Any], device: str) -> tf.Tensor:
    """A copy, made a tensor without the conversions that cost more than it does; TensorFlow may keep its memory."""
    return _EagerTensor(array.copy(), _CPU, None) if device == "cpu" else _to_device(array, device)


def _compile(step: Callable[..., Any], donate: Sequence[int]) -> Callable[..., Any]:
    return CompiledStep(step)


def _update_rows(table: Any, indices: tf.Tensor, updates: tf.Tensor, how: str, ok: Any) -> Any:
    flat = tf.reshape(indices, [-1])
    rows = tf.reshape(updates, tf.concat([tf.shape(flat), tf.shape(table)[1:]], 0))
    if how == "update" and tf.config.list_logical_devices("GPU"):
        rows = last_of_equal(flat, rows)
    if ok is not None and how == "update":
        rows = tf.where(ok, rows, tf.gather(table, flat))
    elif ok is not None:
        rows = tf.where(ok, rows, tf.zeros_like(rows))
    slices = tf.IndexedSlices(rows, flat)
    {"add": table.scatter_add, "sub": table.scatter_sub, "update": table.scatter_update}[how](slices)
    return None


def _ok_all(flags: Sequence[tf.Tensor]) -> tf.Tensor:
    """0, or 1 + the index of the first False flag."""
    wrong = tf.concat([tf.logical_not(tf.stack(flags)), [True]], 0)
    first = tf.argmax(tf.cast(wrong, tf.int32), output_type=tf.int32)
    return (first + 1) % (len(flags) + 1)


def _cond(pred: tf.Tensor, true_fn: Callable[[], Any], false_fn: Callable[[], Any]) -> Any:
    return tf.cond(pred, true_fn, false_fn)


def _same_shapes(values: Sequence[Any], like: Sequence[tf.Tensor]) -> tuple[tf.Tensor, ...]:
    """The values, their static shapes as exact as those of `like`: tf.while_loop refuses less exact ones."""
    return tuple(tf.ensure_shape(v, t.shape) for v, t in zip(values, like, strict=True))


def _while_loop(cond: Callable[..., Any], body: Callable[..., Any], init: tuple[Any, ...]) -> Any:
    init = tuple(tf.convert_to_tensor(v) for v in init)
    return tf.while_loop(cond, lambda *values: _same_shapes(body(*values), values), init)


def _scan(
    body: Callable[..., Any],
    init: tuple[Any, ...],
    elems: tuple[Any, ...],
    length: int,
    empty: tuple[Any, ...],
    reverse: bool = False,
) -> Any:
    first = tuple(tf.convert_to_tensor(v) for v in init)
    stacks = tuple(tf.TensorArray(t.dtype, length, element_shape=t.shape[1:]) for t in empty)

    def step(i: tf.Tensor, carry: Any, stacks: Any) -> Any:
        at = length - 1 - i if reverse else i
        new, ys = body(*carry, *(e[at] for e in elems))
        return i + 1, _same_shapes(new, carry), tuple(s.write(at, y) for s, y in zip(stacks, ys, strict=True))

    _, carry, stacks = tf.while_loop(
        lambda i, *_: i < length, step, (tf.constant(0), first, stacks), maximum_iterations=length
    )
    return carry, tuple(s.stack() for s in stacks)


backend = Backend(
    name="tensorflow",
    contract_version=1,
    version=tf.__version__,
    kernels=kernels_of(*kernels.FAMILIES),
    dtypes=frozenset("float16 bfloat16 float32 float64 int8 int16 int32 int64 uint8 bool".split()),
    devices=_devices,
    to_device=_to_device,
    to_numpy=_to_numpy,
    make_state=_make_state,
    value_and_vjp=_value_and_vjp,
    to_step=_to_step,
    compile=_compile,
    update_rows=_update_rows,
    ok_all=_ok_all,
    cond=_cond,
    while_loop=_while_loop,
    scan=_scan,
    run_steps=ManySteps,
    raises=True,  # on the CPU; inside of a loop as well
    scope=_scope,
    enclosed=_enclosed,
    settings={"xla": xla_everywhere},
    conformance=str(Path(__file__).with_name("conformance.json")),
)
