"""samegraph on PyTorch: eager steps under no_grad; gradients by autograd, or by the specification's rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import torch
from samegraph.backend import Backend, kernels_of

from . import kernels
from .repeated import last_of_equal
from .spelling import MODULES, SPELLED

Tensors = tuple[torch.Tensor, ...]


def _devices() -> list[str]:
    names = ["cpu"]
    names += ["gpu" if i == 0 else f"gpu:{i}" for i in range(torch.cuda.device_count())]
    if torch.backends.mps.is_available():
        names.append("mps")
    return names


def _native(device: str) -> str:
    return device.replace("gpu", "cuda")


def _to_device(array: np.ndarray[Any, Any], device: str) -> torch.Tensor:
    if array.dtype.kind == "V":  # bfloat16
        return torch.from_numpy(np.array(array.view(np.uint16))).view(torch.bfloat16).to(_native(device))
    if not array.flags.writeable or min(array.strides, default=0) < 0:
        array = np.array(array)
    t = torch.from_numpy(array)
    return t if device == "cpu" else t.to(_native(device))


def _to_numpy(value: torch.Tensor) -> np.ndarray[Any, Any]:
    value = value.detach().cpu()
    if value.dtype == torch.bfloat16:
        return np.array(value.contiguous().view(torch.uint16).numpy().view(ml_dtypes.bfloat16))
    return np.array(value.numpy(), order="C")


def _hand_over(value: torch.Tensor) -> Any:
    """The tensor's own memory as an array, where NumPy can look at it."""
    return value.numpy() if value.is_cpu and value.dtype != torch.bfloat16 else _to_numpy(value)


def _make_state(value: Any, device: str, rows: bool) -> torch.Tensor:
    t = value if isinstance(value, torch.Tensor) else _to_device(np.array(value), device)
    return t.detach().clone(memory_format=torch.contiguous_format)


def _value_and_vjp(fn: Callable[..., tuple[Tensors, Tensors]], xs: Tensors, grad_ys: Tensors | None = None) -> Any:
    """Called inside another differentiation, the gradients stay connected to its inputs; outermost, they are cut off."""
    nested = torch.is_grad_enabled()
    with torch.enable_grad():
        own = tuple(x.view_as(x) if x.requires_grad else x.detach().requires_grad_() for x in xs)
        ys, aux = fn(*own)
        live = [i for i, y in enumerate(ys) if y.requires_grad]
        if live:
            given = [torch.ones_like(ys[i]) if grad_ys is None else grad_ys[i] for i in live]
            grads = torch.autograd.grad([ys[i] for i in live], own, given, create_graph=nested, allow_unused=True)
        else:
            grads = (None,) * len(own)
    full = tuple(torch.zeros_like(x) if g is None or g._is_zerotensor() else g for g, x in zip(grads, own, strict=True))
    if nested:
        return (ys, aux), full
    return (tuple(y.detach() for y in ys), tuple(a.detach() for a in aux)), full


def _update_rows(table: torch.Tensor, indices: torch.Tensor, updates: torch.Tensor, how: str, ok: Any) -> torch.Tensor:
    flat = indices.reshape(-1)
    rows = updates.reshape(flat.shape[0], *table.shape[1:])
    if how == "update":
        table[flat] = last_of_equal(flat, rows) if flat.is_cuda else rows
        return table
    return table.index_add_(0, flat, rows, alpha=1 if how == "add" else -1)


@contextmanager
def _whole_float32() -> Iterator[None]:
    """PyTorch lets convolutions on a GPU round float32's operands to 10 bits (TF32), unless told otherwise."""
    owner, name, whole = _CONVOLUTIONS
    before = getattr(owner, name)
    setattr(owner, name, whole)
    try:
        yield
    finally:
        setattr(owner, name, before)


# Before PyTorch 2.9 there is one setting for all of cuDNN; since then reading that one fails for who uses the others.
_conv = getattr(torch.backends.cudnn, "conv", None)
_CONVOLUTIONS: tuple[Any, str, Any] = (
    (_conv, "fp32_precision", "ieee") if _conv is not None else (torch.backends.cudnn, "allow_tf32", False)
)


@contextmanager
def _scope(device: str) -> Iterator[None]:
    """No gradients but those asked for."""
    with torch.no_grad(), _whole_float32() if device.startswith("gpu") else nullcontext():
        yield


def _enclosed(step: Callable[..., Any], device: str) -> Callable[..., Any]:
    """By a flag set and set back: two context managers less in every step."""

    def without_gradients(*args: Any) -> Any:
        before = torch.is_grad_enabled()
        torch.set_grad_enabled(False)
        try:
            return step(*args)
        finally:
            torch.set_grad_enabled(before)

    def on_a_gpu(*args: Any) -> Any:
        with _whole_float32():
            return without_gradients(*args)

    return on_a_gpu if device.startswith("gpu") else without_gradients


def _synchronize(device: str) -> None:
    if device.startswith("gpu"):
        torch.cuda.synchronize(_native(device))


_KERNELS = kernels_of(*kernels.FAMILIES)

backend = Backend(
    name="torch",
    contract_version=1,
    version=torch.__version__,
    kernels=_KERNELS,
    dtypes=frozenset("float16 bfloat16 float32 float64 int8 int16 int32 int64 uint8 bool".split()),
    devices=_devices,
    to_device=_to_device,
    to_numpy=_to_numpy,
    make_state=_make_state,
    value_and_vjp=_value_and_vjp,
    default_route="rules",  # autograd's tape costs small steps more than their arithmetic
    update_rows=_update_rows,
    scope=_scope,
    enclosed=_enclosed,
    hand_over=_hand_over,
    spelled={_KERNELS[op]: spell for op, spell in SPELLED.items()},
    modules=MODULES,
    synchronize=_synchronize,
    conformance=str(Path(__file__).with_name("conformance.json")),
)
