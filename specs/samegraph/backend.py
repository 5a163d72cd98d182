"""What a backend must be, and how one is found by name."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol

from .shapes import (
    pad_pairs,
    python_slice,
    reshaped,
    slice_spans,
    split_sizes,
    strided_spans,
    tile_counts,
    window_pads,
)

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

__all__ = [
    "CONTRACT_VERSION",
    "Backend",
    "BackendError",
    "Call",
    "available",
    "find_device",
    "kernels_of",
    "load",
    "pad_pairs",
    "python_slice",
    "reshaped",
    "slice_spans",
    "split_sizes",
    "strided_spans",
    "tile_counts",
    "window_pads",
]

CONTRACT_VERSION = 1
GROUP = "samegraph.backends"
ROUTES = ("native", "rules")

Kernels = Mapping[str, Callable[..., Any]]


class BackendError(LookupError):
    """A backend that is unknown, cannot be imported, or breaks the contract."""


class ValueType(Protocol):
    """What is known of a value before the step."""

    @property
    def shape(self) -> tuple[int | None, ...] | None: ...

    @property
    def dtype(self) -> str: ...

    @property
    def is_static(self) -> bool: ...


@dataclass(frozen=True)
class Call:
    """One call of a kernel in the source of a step.

    args: the source of the operands. attrs: all attributes. types: of the operands. result: of the first
    output. out: the name of an operand of exactly the result's dtype and shape, with memory of its own that nothing needs any
    more, so that the result may be written into it; an expression that does so says `out=NAME`. None: there is none. zeros: the
    places of operands that hold nothing but 0 in every step.
    """

    args: Sequence[str]
    attrs: Mapping[str, Any]
    types: Sequence[ValueType]
    result: ValueType
    out: str | None = None
    zeros: Sequence[int] = ()


Share = tuple[str, Callable[[str], str]]
"""The source of work that several ops may share, and what makes of the name of its value the source of the op."""


@dataclass(frozen=True, repr=False)
class Backend:
    """One kernel per op, plus the few verbs that differ between array libraries. This is the whole contract of an adapter.

    name: what users write. contract_version: samegraph.backend.CONTRACT_VERSION when it was written. version: the
    framework's. kernels: by op name; a kernel takes the op's operands and attributes under the op's own parameter names;
    operands that hold a shape come as a tuple of ints. It never writes to an operand, and returns a view of one only where
    the op says `may_view`. dtypes: names of those supported. devices(): names of those present, "cpu" first.

    to_device(array, device): NumPy to native; what it returns may share memory with `array` until the step ends.
    to_numpy(value): an owning, writable NumPy array.
    make_state(value, device, rows): the form in which a session keeps a variable's value between runs; `value` is NumPy or
    native and may be in use elsewhere, so it is copied if it could be written to later; `rows` says that update_rows will be
    applied to it.

    Optional:
    value_and_vjp(fn, xs, grad_ys): fn(*xs) -> (ys, aux); returns ((ys, aux), gradients of sum(ys * grad_ys)), ones for
    grad_ys None. Must nest. Absent: the specification's rules compute gradients.
    default_route: "native" or "rules": how a session that does not say differentiates. Set it to "rules" where steps are faster so.
    to_step(array, device): like to_device, for an argument of a compiled step, where something cheaper will do.
    compile(step, donate): a faster callable; `donate` lists the positions of arguments whose memory it may take. Absent: the
    step runs as it is and its exceptions name the failing line.
    update_rows(table, indices, updates, how, ok): the table with rows added, subtracted or replaced, in place where it
    can, or None when the state object itself was changed; nothing changes when ok is not None and False. Absent: the kernel scatter_rows, and the table is copied.
    barrier(values): the same values, none available before all of them.
    scope(device): a context manager in which every step runs, its constants are made and its results fetched; what kernels
    make of nothing must lie on `device` inside it. wide(device): the same for steps that hold a 64-bit dtype, where the
    framework has those only inside one; absent: scope.
    ok_all(flags): an int32 scalar: 0, or 1 + the index of the first False flag. Required with compile.
    cond(pred, true_fn, false_fn): what true_fn() answers where the scalar `pred` holds, else false_fn(); both answer a tuple of
    values of the same dtypes and shapes. while_loop(cond, body, init): applies vars = body(*vars) to the tuple `init` while
    cond(*vars), a scalar, holds; dtypes and shapes stay. scan(body, init, elems, length, empty, reverse=False): for each i,
    backwards if `reverse`, carry, ys = body(*carry, *(e[i] for e in elems)); returns the last carry and the ys stacked along
    a new first axis, ys of iteration i at i; `empty` is what they are when length is 0, so it tells their dtypes. The functions
    use values from around them. These three are used in compiled steps, and absent Python's own control flow is.
    conformance: the path of a data file with what the suite should skip or expect to fail (samegraph.conformance.expectations).
    run_steps(step, given, carried, donate): a function `many` that does in one compiled loop what calling `step` over and over
    does. The first `given` arguments of `step` are new in every step, and `many` takes them stacked along a new first axis;
    carried: for each argument after them, where in the step's new values that of the next step stands, None for one that
    stays the same; donate: positions of arguments whose memory may be taken. many(count, *stacked, *state) -> (outs, new, done,
    failed): what is fetched in `count` steps, at least one, stacked, and the new values after the last step that did not
    fail; the int32 scalars say how many steps were through by then, and what the step after them answered as failed, 0 when
    there was none. A value of `new` is None where the state object itself was changed. Numbers are those of the compiled
    step, to the bit unless a compiler fuses across the loop's border. Absent: a session calls the step in a loop.
    raises: whether kernels in a compiled step may raise where a check of the graph's fails. A step does no harm by that; a compiled
    loop of steps would be left half-way, so steps with checks are then repeated one by one.
    if_compiling: fields (compile, ok_all, ...) that take the place of the backend's own in a session made with compile=True, where
    compiling is not what it does by default.
    enclosed(step, device): the same function, callable from outside of `scope`, cheaper than by entering it.
    hand_over(value): as to_numpy, for a value that nothing else holds or shares memory with, so that it need not be copied.
    shared: for a kernel, what it does that other kernels of a step may do as well: from a Call, an expression for that work, and what
    makes of the name of its value an expression for the op; None where there is nothing to share. Where two calls of a step that
    runs as it is name the same work, it is done once. order_rows(indices): what update_rows takes in the place of indices, made
    once where several tables are updated at the same ones.
    spelled: for a kernel, how the source of a step that runs as it is computes the op where something leaner than the kernel's
    call does exactly the same: from a Call, an expression, or None for the kernel. modules: the names that these expressions may use.
    synchronize(device): waits until the device is idle. lacks: op name to the reason why there is no kernel;
    "while_loop_vjp": value_and_vjp cannot go through while_loop in a compiled step, and such a step is not compiled.
    settings: by name, context managers that put the framework under a global setting of its users' that may change what
    kernels compute (JAX's 64 bits); the suite checks all ops under each.
    """

    name: str
    contract_version: int
    version: str
    kernels: Kernels
    dtypes: frozenset[str]
    devices: Callable[[], list[str]]
    to_device: Callable[[Any, str], Any]
    to_numpy: Callable[[Any], Any]
    make_state: Callable[[Any, str, bool], Any]
    value_and_vjp: Callable[..., Any] | None = None
    default_route: str = "native"
    to_step: Callable[[Any, str], Any] | None = None
    compile: Callable[[Callable[..., Any], Sequence[int]], Callable[..., Any]] | None = None
    update_rows: Callable[..., Any] | None = None
    order_rows: Callable[[Any], Any] | None = None
    barrier: Callable[[Sequence[Any]], Sequence[Any]] | None = None
    scope: Callable[[str], AbstractContextManager[Any]] | None = None
    wide: Callable[[str], AbstractContextManager[Any]] | None = None
    ok_all: Callable[[Sequence[Any]], Any] | None = None
    cond: Callable[..., Any] | None = None
    while_loop: Callable[..., Any] | None = None
    scan: Callable[..., Any] | None = None
    raises: bool = False
    run_steps: Callable[[Callable[..., Any], int, Sequence[int | None], Sequence[int]], Callable[..., Any]] | None = (
        None
    )
    if_compiling: Mapping[str, Any] = field(default_factory=dict)
    enclosed: Callable[[Callable[..., Any], str], Callable[..., Any]] | None = None
    hand_over: Callable[[Any], Any] | None = None
    spelled: Mapping[Callable[..., Any], Callable[[Call], str | None]] = field(default_factory=dict)
    shared: Mapping[Callable[..., Any], Callable[[Call], Share | None]] = field(default_factory=dict)
    modules: Mapping[str, Any] = field(default_factory=dict)
    synchronize: Callable[[str], None] | None = None
    lacks: Mapping[str, str] = field(default_factory=dict)
    conformance: str | None = None
    settings: Mapping[str, Callable[[], AbstractContextManager[Any]]] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<samegraph.Backend {self.name} {self.version}>"


def kernels_of(*modules: ModuleType) -> dict[str, Callable[..., Any]]:
    """Every public function that the modules define, by name without a trailing underscore."""
    return {
        name.rstrip("_"): fn
        for module in modules
        for name, fn in vars(module).items()
        if inspect.isfunction(fn) and fn.__module__ == module.__name__ and not name.startswith("_")
    }


def _entries() -> dict[str, EntryPoint]:
    from importlib.metadata import entry_points  # slow to import, and needed only to look for backends

    return {e.name: e for e in entry_points(group=GROUP)}


def available() -> list[str]:
    """Names of the backends that installed distributions offer, whether or not their framework can be imported."""
    return sorted(_entries())


_loaded: dict[str, Backend] = {}


def load(name: str) -> Backend:
    """The backend of that name; BackendError says which exist, or why this one cannot be had."""
    if name in _loaded:
        return _loaded[name]
    entry = _entries().get(name)
    if entry is None:
        raise BackendError(f"no backend named {name!r} is installed; installed are {', '.join(available()) or 'none'}")
    try:
        backend = entry.load()
    except ImportError as error:
        raise BackendError(
            f"backend {name!r} cannot be imported: {error}. `pip install 'samegraph[{name}]'` installs its framework"
        ) from error
    if not isinstance(backend, Backend):
        raise BackendError(
            f"backend {name!r}: {entry.value} is a {type(backend).__name__}, not a samegraph.backend.Backend"
        )
    if backend.contract_version != CONTRACT_VERSION:
        raise BackendError(
            f"backend {name!r} was written for version {backend.contract_version} of the contract, samegraph has {CONTRACT_VERSION}"
        )
    if backend.default_route not in ROUTES:
        raise BackendError(
            f"backend {name!r}: default_route must be one of {', '.join(ROUTES)}, not {backend.default_route!r}"
        )
    _loaded[name] = backend
    return backend


def find_device(backend: Backend, device: str | None) -> str:
    """The name of a present device; ValueError that lists those present. None: the first."""
    present = backend.devices()
    if device is None:
        return present[0]
    wanted = device.lower().lstrip("/").removeprefix("device:")
    wanted = wanted.removesuffix(":0")
    if wanted not in present:
        raise ValueError(f"{backend.name} has no device {device!r} here; present: {', '.join(present)}")
    return wanted
