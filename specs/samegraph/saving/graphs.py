"""A graph as a JSON document and back. Reading one makes operations that samegraph knows, and executes nothing.

document: {"format", "version", "spec_version", "made_by", "seed", "operations", "variables", "collections"}, where there is
control flow "blocks", and what a caller adds; the values of constants are arrays beside it (see bundle). An operation is
{"name", "type"}, and where it has them "kernel", "inputs" (["op:0", ...]), "controls", "outputs" ([[dtype, shape], ...]),
"attrs", "variable", "device", "block". It stands after everything that it refers to. An attribute is null, a truth value, a
number or a string, or one of {"tuple": [...]}, {"dtype": name}, {"tensor": name}, {"array": name}, {"float": "nan"}, and of
control flow {"graph": ...}, a block (see blocks).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from .. import operators, ops  # noqa: F401 (they fill the registry)
from ..blocks.structured import STRUCTURED
from ..errors import DataLossError, OpError
from ..graph import Block, Graph, Operation, Tensor, ancestors
from ..op import Op, constant_of
from ..random import DRAWS
from ..registry import OPS
from ..state import Variable
from ..types import FLOAT32, FLOATS, INDICES, INT64, INTEGERS, DType, TensorType, as_dtype, compatible, merge
from ..versions import SPEC_VERSION, __version__
from . import blocks, bundle, hosted
from .blocks import require as _require
from .tensors import Array

KIND, VERSION = "samegraph graph", 1
_MOST_OPERATIONS, _LONGEST_TEXT, _DEEPEST, _LARGEST_SIZE = 10**6, 10**5, 8, 2**48
_NAME = re.compile(r"[A-Za-z0-9.]([A-Za-z0-9_.\\/>-]*[A-Za-z0-9_.\\>-])?")
_CONSTANT, _VARIABLE = "constant:", "variable:"

Document = dict[str, Any]
Arrays = dict[str, Array]


class CannotBeWritten(ValueError):
    """A graph holds something that no file can."""


# Writing ----------------------------------------------------------------------------------------------------------------


def encoded(graph: Graph, operations: Iterable[Operation], devices: bool = True) -> tuple[Document, Arrays]:
    """The document of some operations of a graph, which refer to no others, and the arrays of their constants.

    What lies in a block and never runs is left out. Raises CannotBeWritten for an attribute that is no literal, naming the
    operation.
    """
    chosen = _in_order(operations)
    numbers = blocks.Numbers(chosen)
    rows, arrays = [], {}
    for op in chosen:
        rows.append(_encoded_operation(op, chosen, numbers, devices))
        if op.type == "Const":
            arrays[_CONSTANT + op.name] = op.attrs["value"]
    document: Document = {
        "spec_version": SPEC_VERSION,
        "made_by": f"samegraph {__version__}",
        "seed": graph.seed,
        "operations": rows,
        "variables": _encoded_variables(graph, chosen),
        "collections": _encoded_collections(graph, chosen),
    }
    if numbers.parents:
        document["blocks"] = numbers.parents
    return document, arrays


def _in_order(operations: Iterable[Operation]) -> dict[Operation, None]:
    """The operations that can run, each after what it refers to, else as they were made."""
    given = dict.fromkeys(operations)
    runs = set(ancestors([op for op in given if op.block is None], inputs=blocks.behind))
    order = ancestors([op for op in given if op in runs], inputs=blocks.behind)
    return {op: None for op in order if op in given}


def write(path: str, graph: Graph) -> None:
    """Writes all of a graph; raises as `encoded` does."""
    write_document(path, *encoded(graph, graph.get_operations()))


def write_document(path: str, document: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
    bundle.write(path, KIND, VERSION, document, arrays)


def variable_arrays(values: Mapping[Operation, Array]) -> Arrays:
    """Values of variables under the names they have beside a document."""
    return {_VARIABLE + v.name: a for v, a in values.items()}


def _encoded_operation(
    op: Operation, chosen: Mapping[Operation, None], numbers: blocks.Numbers, devices: bool
) -> Document:
    inputs, outputs = blocks.own_inputs(op), blocks.own_outputs(op)
    strangers = [o for o in (*(t.op for t in inputs), *op.control_inputs) if o not in chosen]
    if strangers or not _NAME.fullmatch(op.name):
        raise CannotBeWritten(f"operation {op.name!r} belongs to a program that a session made; publish the user's own")
    row: Document = {"name": op.name, "type": op.type}
    if op.kernel:
        row["kernel"] = op.kernel
    if inputs:
        row["inputs"] = [t.name for t in inputs]
    if op.control_inputs:
        row["controls"] = [c.name for c in op.control_inputs]
    if outputs:
        row["outputs"] = [[t.dtype.name, None if t.type.shape is None else list(t.type.shape)] for t in outputs]
    attrs = {k: _encoded_attr(op, k, v, chosen) for k, v in op.attrs.items() if not blocks.derived(op, k)}
    if op.type in STRUCTURED:
        attrs |= numbers.attrs(op)
    if attrs:
        row["attrs"] = attrs
    if op.variable is not None:
        row["variable"] = op.variable.name
    if devices and op.device:
        row["device"] = op.device
    block = numbers.of(op)
    if block is not None:
        row["block"] = block
    _check_readable(op)
    return row


def _check_readable(op: Operation) -> None:
    known = op.type in _STATE or op.type in DRAWS or op.type == "Const" or isinstance(OPS.get(op.kernel), Op)
    if not known:
        raise CannotBeWritten(
            f"operation {op.name!r} ({op.type}) cannot be written to a file: {_ONLY_HERE}; it was made at {op.made_at}"
        )


_ONLY_HERE = "it runs on the host"


def _encoded_attr(op: Operation, key: str, value: Any, chosen: Mapping[Operation, None]) -> Any:
    if isinstance(value, DType):
        return {"dtype": value.name}
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {"float": repr(value)}
    if isinstance(value, np.ndarray) and op.type == "Const":
        return {"array": _CONSTANT + op.name}
    if isinstance(value, Tensor):
        return {"tensor": value.name}
    if isinstance(value, tuple):
        # A stop that the operations written do not reach stops nothing.
        kept = [v for v in value if not (isinstance(v, Tensor) and v.op not in chosen)]
        return {"tuple": [_encoded_attr(op, key, v, chosen) for v in kept]}
    raise CannotBeWritten(
        f"operation {op.name!r} ({op.type}) cannot be written to a file: its attribute {key!r} is a "
        f"{type(value).__name__}, and {_ONLY_HERE}; it was made at {op.made_at}"
    )


def _encoded_variables(graph: Graph, chosen: Mapping[Operation, None]) -> list[Document]:
    objects = {v.op: v for key in graph.get_all_collection_keys() for v in graph.get_collection(key) if _is_variable(v)}
    rows = []
    for op in chosen:
        if op.type != "VariableV2":
            continue
        row: Document = {"name": op.name}
        v = objects.get(op)
        if v is not None and v.initializer in chosen and v.initial_value is not None and v.initial_value.op in chosen:
            row |= {"initializer": v.initializer.name, "initial_value": v.initial_value.name}
        rows.append(row)
    return rows


def _is_variable(value: Any) -> bool:
    return isinstance(value, Variable)


def _encoded_collections(graph: Graph, chosen: Mapping[Operation, None]) -> Document:
    """The collections' variables, tensors, operations and literals; as in TF1 what else they hold is left out."""
    out: Document = {}
    for key in graph.get_all_collection_keys():
        rows: list[Document] = []
        for value in graph.get_collection(key):
            op = value if isinstance(value, Operation) else getattr(value, "op", None)
            if isinstance(op, Operation) and op not in chosen:
                continue
            if isinstance(op, Operation) and _is_variable(value):
                rows.append({"variable": op.name})
            elif isinstance(value, Tensor):
                rows.append({"tensor": value.name})
            elif isinstance(value, Operation):
                rows.append({"operation": value.name})
            elif isinstance(value, (bool, int, str)) or (isinstance(value, float) and math.isfinite(value)):
                rows.append({"literal": value})
        if rows:
            out[key] = rows
    return out


# Reading ----------------------------------------------------------------------------------------------------------------


class Stored:
    """A graph read from a file and found good: it was built once already, in a graph of its own."""

    def __init__(self, found: bundle.Bundle) -> None:
        self.path, self.document, self._bundle = found.path, found.document, found
        constants = [n for n in found.types if n.startswith(_CONSTANT)]
        self._constants = found.arrays(constants)
        _check_spec(self.document.get("spec_version"), self.path)
        self.graph = Graph()
        self.variables = self._built(self.graph, devices=True)

    def into(self, graph: Graph, devices: bool = True) -> list[Variable]:
        """Adds the operations to a graph and answers the variables among them; ValueError for a name it has already."""
        for name in (o.name for o in self.graph.get_operations()):
            if graph.unique_name(f"{name}", mark_as_used=False) != name or graph.scope_name:
                raise ValueError(
                    f"the default graph already has the name {name!r}, or is inside a name scope; import {self.path} into a new graph"
                )
        return self._built(graph, devices)

    def values(self) -> dict[Operation, Array]:
        """The values of the variables, by operations of `graph`, where the file has some."""
        held = {n: self._variable(n.removeprefix(_VARIABLE)) for n in self._bundle.types if n.startswith(_VARIABLE)}
        arrays = self._bundle.arrays(held)
        return {op: arrays[n] for n, op in held.items()}

    def _variable(self, name: str) -> Operation:
        if name not in {v.op.name for v in self.variables}:
            raise _bad(self.path, f"it holds a value for {name!r}, which is no variable of it")
        return self.graph.get_operation_by_name(name)

    def _built(self, graph: Graph, devices: bool) -> list[Variable]:
        with graph.as_default(), graph.control_dependencies(None):
            builder = _Builder(self.path, graph, self._constants, devices)
            return builder.build(self.document)


def read(path: str) -> Stored:
    """The graph in a file; NotFoundError when there is none, DataLossError for one that is damaged or hostile."""
    return Stored(bundle.Bundle(path, KIND, VERSION))


def _check_spec(version: Any, path: str) -> None:
    parts = str(version).split(".")
    if not all(p.isdecimal() and len(p) < 6 for p in parts):
        raise _bad(path, f"its spec_version is {version!r}")
    if [*map(int, parts)] > [*map(int, SPEC_VERSION.split("."))]:
        raise _bad(path, f"it follows specification {version}, this samegraph {SPEC_VERSION}; a newer one reads it")


class _Builder:
    def __init__(self, path: str, graph: Graph, constants: Arrays, devices: bool) -> None:
        self.path, self.graph, self.constants, self.devices = path, graph, constants, devices
        self.made: dict[str, Operation] = {}
        self.tensors: dict[str, Tensor] = {}
        self.blocks: list[Block] = []

    def build(self, document: Document) -> list[Variable]:
        rows = document.get("operations")
        if not isinstance(rows, list) or len(rows) > _MOST_OPERATIONS:
            raise _bad(self.path, "it has no list of operations, or too long a one")
        try:
            self.blocks = blocks.opened(document.get("blocks", []), _MOST_OPERATIONS)
        except (ValueError, OpError) as error:
            raise _bad(self.path, f"its list of blocks: {error}") from None
        where, first = self.graph.line, list(document).index("operations") + 3
        try:
            for i, row in enumerate(rows):
                self.graph.line = (self.path, first + i)
                self._add(row, i)
        finally:
            self.graph.line = where
        if any(b.needed is None for b in self.blocks):
            raise _bad(self.path, "a block of it is part of no operation")
        variables = self._variables(document.get("variables"))
        self._collections(document.get("collections"), variables)
        seed = document.get("seed")
        if seed is not None and self.graph.seed is None:
            self.graph.seed = _natural(self.path, seed, "its seed")
        return list(variables.values())

    # Operations -------------------------------------------------------------------------------------------------------

    def _add(self, row: Any, i: int) -> None:
        try:
            new = _Row(self, row)
            make = _STATE.get(new.type) or (
                _draw if new.type in DRAWS else _constant if new.type == "Const" else _kernel
            )
            with self.graph.inside(new.block):
                op = make(new)
            _require(op.name == new.name, "its name differs from another one in capitals alone")
        except Exception as error:  # type rules meet attributes here that no Python call gave them
            name = row.get("name") if isinstance(row, dict) else row
            raise _bad(self.path, f"operation {i + 1}, {str(name)[:80]!r}: {error}") from error
        self.made[op.name] = op
        self.tensors.update((t.name, t) for t in op.outputs)
        if self.devices:
            op.device = new.device

    def tensor(self, name: Any) -> Tensor:
        if not isinstance(name, str) or name not in self.tensors:
            raise ValueError(f"{str(name)[:80]!r} is no tensor made before it")
        return self.tensors[name]

    def operation(self, name: Any) -> Operation:
        if not isinstance(name, str) or name not in self.made:
            raise ValueError(f"{str(name)[:80]!r} is no operation made before it")
        return self.made[name]

    # Variables and collections ----------------------------------------------------------------------------------------

    def _variables(self, rows: Any) -> dict[Operation, Variable]:
        found: dict[Operation, Variable] = {}
        try:
            for row in rows:
                op = self.operation(row["name"])
                _require(op.type == "VariableV2" and op not in found, f"{op.name!r} is no variable")
                initial, initializer = row.get("initial_value"), row.get("initializer")
                found[op] = Variable.of(
                    op,
                    None if initial is None else self.tensor(initial),
                    None if initializer is None else self.operation(initializer),
                )
            _require(all(op in found for op in self.made.values() if op.type == "VariableV2"), "one is left out")
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise _bad(self.path, f"its list of variables: {error}") from None
        return found

    def _collections(self, table: Any, variables: dict[Operation, Variable]) -> None:
        readers: dict[str, Callable[[Any], Any]] = {
            "variable": lambda name: variables[self.operation(name)],
            "tensor": self.tensor,
            "operation": self.operation,
            "literal": _plain,
        }
        try:
            found = [(k, readers[kind](v)) for k, rows in table.items() for row in rows for kind, v in row.items()]
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise _bad(self.path, f"its collections: {error}") from None
        for key, value in found:
            self.graph.add_to_collection(key, value)


class _Row:
    """One operation of a document, its parts resolved."""

    def __init__(self, builder: _Builder, row: Any) -> None:
        known = {"name", "type", "kernel", "inputs", "controls", "outputs", "attrs", "variable", "device", "block"}
        _require(isinstance(row, dict) and row.keys() <= known, "it has other parts than an operation has")
        self.builder, self.graph = builder, builder.graph
        self.name, self.type = _text(row["name"]), _text(row["type"])
        self.kernel, self.device = _text(row.get("kernel", "")), _text(row.get("device", ""))
        _require(
            bool(_NAME.fullmatch(self.name)) and self.name not in builder.made,
            "its name is invalid, or not the only one",
        )
        self.inputs = tuple(builder.tensor(n) for n in row.get("inputs", ()))
        self.controls = tuple(builder.operation(n) for n in row.get("controls", ()))
        self.block = blocks.block_of(builder.blocks, row["block"]) if "block" in row else None
        self.types = [_type(*t) for t in row.get("outputs", ())]
        self.attrs = {_text(k): self._attr(v, 0) for k, v in row.get("attrs", {}).items()}
        named = row.get("variable")
        self.variable = None if named is None else builder.operation(named)
        _require(self.variable is None or self.variable.type == "VariableV2", "what it assigns or reads is no variable")

    def _attr(self, value: Any, depth: int) -> Any:
        if not isinstance(value, dict):
            return _plain(value)
        _require(len(value) == 1 and depth < _DEEPEST, "an attribute of it has an unknown form")
        ((kind, inner),) = value.items()
        if kind == "tuple":
            return tuple(self._attr(v, depth + 1) for v in inner)
        if kind == "dtype":
            return as_dtype(_text(inner))
        if kind == "float" and inner in ("nan", "inf", "-inf"):
            return float(inner)
        if kind == "tensor":
            return self.builder.tensor(inner)
        if kind == "array" and self.type == "Const":
            return self.builder.constants[_text(inner)]
        if kind == "graph" and self.type in STRUCTURED:
            _require(isinstance(inner, dict) and inner.keys() == {"block", "outputs"}, "a block of it has other parts")
            block = blocks.block_of(self.builder.blocks, inner["block"])
            return blocks.answering(block, self.block, [self.builder.tensor(n) for n in inner["outputs"]])
        raise ValueError(f"an attribute of the kind {kind[:80]!r} is not known to this version")

    def add(self, types: list[TensorType], attrs: dict[str, Any]) -> Operation:
        """Adds the operation, of the types that the rules and the row say."""
        return self.graph.add(
            self.type, self.inputs, self.merged(types), attrs, self.name, self.kernel, self.controls, self.variable
        )

    def only(self) -> TensorType:
        """The type of its one output, as its row says it."""
        _require(len(self.types) == 1, f"it has {len(self.types)} outputs, 1 expected")
        return self.types[0]

    def merged(self, types: Sequence[TensorType]) -> list[TensorType]:
        """The types of the outputs; those recorded may say more than the rules do, and must not contradict them."""
        _require(len(types) == len(self.types), f"it has {len(self.types)} outputs, {len(types)} expected")
        merged = []
        for t, own in zip(types, self.types, strict=True):
            fits = t.dtype == own.dtype and compatible(t.shape, own.shape)
            _require(fits, f"an output of it is said to be {own}, and is {t}")
            merged.append(TensorType(merge(t.shape, own.shape), t.dtype, t.known))
        return merged

    def require(self, inputs: int | None = None, attrs: Iterable[str] = (), variable: bool = False) -> None:
        _require(not self.kernel, f"its type, {self.type}, has no kernel")
        _require(inputs is None or len(self.inputs) == inputs, f"it has {len(self.inputs)} inputs, {inputs} expected")
        _require(
            self.attrs.keys() == set(attrs), f"it has the attributes {sorted(self.attrs)}, {sorted(attrs)} expected"
        )
        _require(
            (self.variable is not None) == variable, "it names a variable and has none to name, or the other way round"
        )


def _kernel(row: _Row) -> Operation:
    spec = OPS.get(row.kernel)
    if not isinstance(spec, Op):
        raise ValueError(f"this samegraph has no op {row.kernel or row.type!r}")
    same = row.type == spec.type or (row.kernel == "identity" and row.type in ("PlaceholderWithDefault", "Print"))
    _require(same and row.variable is None, f"its type is {row.type}, the op's {spec.type}")
    count = len(row.inputs)
    _require(
        count >= len(spec.operands) if spec.variadic else count == len(spec.operands),
        f"{count} inputs do not fit {spec.name}",
    )
    _require(
        row.attrs.keys() <= spec.defaults.keys(),
        f"{spec.name} has no attribute {sorted(row.attrs - spec.defaults.keys())}",
    )
    _require(spec.required <= row.attrs.keys(), f"{spec.name} needs the attributes {sorted(spec.required)}")
    attrs = {**spec.defaults, **row.attrs}
    _require(not any(_holds_tensor(v) for v in attrs.values()), "an attribute of an op is no tensor")
    if row.type == "PlaceholderWithDefault":
        given, said = row.inputs[0].type, row.only().shape
        return row.add([TensorType(said if compatible(said, given.shape) else given.shape, given.dtype)], {})
    found = spec.infer([t.type for t in row.inputs], attrs)
    return row.add(found if isinstance(found, list) else [found], attrs)


def _holds_tensor(value: Any) -> bool:
    return isinstance(value, Tensor) or (isinstance(value, tuple) and any(map(_holds_tensor, value)))


def _constant(row: _Row) -> Operation:
    row.require(0, ("value", "dtype"))
    array = row.attrs["value"]
    _require(
        isinstance(array, np.ndarray) and row.attrs["dtype"] == as_dtype(array.dtype), "its value has another dtype"
    )
    array.flags.writeable = False
    made = constant_of(row.graph, array, row.name).op
    _require(row.types == [made.outputs[0].type], f"it is said to be {row.types}, and is {made.outputs[0].type}")
    return made


def _draw(row: _Row) -> Operation:
    """Random values of a shape that is computed; the two seeds may be None together."""
    bounds = ("minval", "maxval") if row.type == "RandomUniformInt" else ()
    row.require(1, ("seed", "seed2", "dtype", *bounds))
    hosted.check_seeds(row)
    dims, drawn = row.inputs[0].type, row.only().dtype
    rank = dims.shape[0] if dims.shape is not None and len(dims.shape) == 1 else None
    _require(dims.dtype in INDICES and compatible(dims.shape, (None,)), "its shape is no vector of integers")
    if bounds:
        low, high = (row.attrs[k] for k in bounds)
        _require(drawn in INTEGERS, "it draws integers")
        _require(type(low) is int and type(high) is int and low < high, "it draws from an empty range")
    elif row.type == "RandomPermutation":
        _require(drawn in INTEGERS and rank == 1, "it draws an order, a vector of integers")
    else:
        _require(drawn in FLOATS, "it draws floats")
    sizes = (None,) * rank if dims.known is None and rank is not None else dims.known
    return row.add([TensorType(sizes, drawn)], row.attrs)


def _sampler(row: _Row) -> Operation:
    """A sampler of distinct classes draws until it has enough: there must be as many."""
    weighted = row.type == "FixedUnigramCandidateSampler"
    row.require(0, ("seed", "seed2", "num_sampled", "unique", "range_max", *(("cumulated",) if weighted else ())))
    hosted.check_seeds(row)
    count, top, unique = (row.attrs[k] for k in ("num_sampled", "range_max", "unique"))
    counted = type(count) is int and type(top) is int and isinstance(unique, bool) and 0 < top <= _LARGEST_SIZE
    _require(counted, "it counts its classes by other than numbers")
    possible = _drawable(row.attrs["cumulated"], top) if weighted else top
    _require(0 <= count <= (possible if unique else _LARGEST_SIZE), "it cannot draw so many classes")
    return row.add([TensorType((count,), INT64), TensorType((), FLOAT32)], row.attrs)


def _drawable(cumulated: Any, top: int) -> int:
    """How many classes have a chance, by the running sum of all chances."""
    sums = [0.0, *cumulated]
    grow = all(isinstance(b, float) and a <= b < math.inf for a, b in pairwise(sums))
    _require(grow and len(cumulated) == top, "its weights are no running sum, one a class")
    return len({*sums}) - 1


def _placeholder(row: _Row) -> Operation:
    row.require(0)
    return row.add([row.only()], row.attrs)


def _variable(row: _Row) -> Operation:
    row.require(0, ("trainable",))
    _require(isinstance(row.attrs["trainable"], bool), "its attribute trainable is no truth value")
    return row.add([row.only()], row.attrs)


def _read_variable(row: _Row) -> Operation:
    row.require(1, variable=True)
    assert row.variable is not None
    _require(row.inputs == (row.variable.outputs[0],), "it reads another variable than it names")
    return row.add([row.inputs[0].type], row.attrs)


def _assign(row: _Row) -> Operation:
    row.require(1, variable=True)
    assert row.variable is not None
    own, value = row.variable.outputs[0].type, row.inputs[0].type
    _require(own.dtype == value.dtype and compatible(own.shape, value.shape), f"{value} cannot be assigned to {own}")
    return row.add([own], row.attrs)


def _scatter(row: _Row) -> Operation:
    row.require(2, variable=True)
    assert row.variable is not None
    own, ids, rows = row.variable.outputs[0].type, row.inputs[0].type, row.inputs[1].type
    known = own.shape is not None and ids.shape is not None
    fits = not known or compatible(ids.dims + own.dims[1:], rows.shape)
    _require(ids.dtype in INDICES and rows.dtype == own.dtype and fits, f"rows {rows} at {ids} do not fit {own}")
    return row.add([own], row.attrs)


def _no_op(row: _Row) -> Operation:
    row.require(0)
    return row.add([], row.attrs)


def _gradients(row: _Row) -> Operation:
    row.require(attrs=("ys", "grad_ys", "stops"))
    n, m, stops = (row.attrs[k] for k in ("ys", "grad_ys", "stops"))
    counted = type(n) is int and type(m) is int and n > 0 and m in (0, n) and n + m < len(row.inputs)
    _require(counted, "its ys are not counted")
    _require(isinstance(stops, tuple) and all(isinstance(t, Tensor) for t in stops), "its stops are no tensors")
    ys, grads, xs = row.inputs[:n], row.inputs[n : n + m], row.inputs[n + m :]
    for y, g in zip(ys, grads or ys, strict=True):
        _require(
            y.dtype in FLOATS and g.dtype == y.dtype and compatible(g.type.shape, y.type.shape),
            f"{y} has no gradient {g}",
        )
    return row.add([TensorType(x.type.shape, x.dtype) for x in xs], row.attrs)


_STATE: dict[str, Callable[[_Row], Operation]] = {
    "Placeholder": _placeholder,
    "VariableV2": _variable,
    "ReadVariableOp": _read_variable,
    **dict.fromkeys(("Assign", "AssignAdd", "AssignSub"), _assign),
    **dict.fromkeys(("ScatterAdd", "ScatterSub", "ScatterUpdate"), _scatter),
    "NoOp": _no_op,
    "Gradients": _gradients,
    blocks.INPUT: blocks.body_input,
    **dict.fromkeys(STRUCTURED, blocks.structured),
    **hosted.ROWS,
    **dict.fromkeys(
        ("LogUniformCandidateSampler", "UniformCandidateSampler", "FixedUnigramCandidateSampler"), _sampler
    ),
}


def _text(value: Any) -> str:
    _require(isinstance(value, str) and len(value) <= _LONGEST_TEXT, "a name in it is no text, or too long")
    return str(value)


def _plain(value: Any) -> Any:
    ok = value is None or isinstance(value, (bool, float)) or (isinstance(value, int) and abs(value) < 2**64)
    _require(ok or (isinstance(value, str) and len(value) <= _LONGEST_TEXT), "an attribute of it is no plain value")
    return value


def _natural(path: str, value: Any, what: str) -> int:
    if type(value) is not int or abs(value) >= 2**64:
        raise _bad(path, f"{what} is no integer")
    return value


def _type(dtype: Any, shape: Any) -> TensorType:
    sizes = None if shape is None else tuple(shape)
    good = sizes is None or (
        len(sizes) <= 32 and all(n is None or (type(n) is int and 0 <= n < _LARGEST_SIZE) for n in sizes)
    )
    _require(good, f"{str(shape)[:80]} is no shape")
    return TensorType(sizes, as_dtype(_text(dtype)))


def _bad(path: str, why: str) -> DataLossError:
    return DataLossError(None, None, f"{path} cannot be read: {why}")
