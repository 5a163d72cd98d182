"""Graphs for TensorBoard: a GraphDef in an event file, which its graph plugin draws.

The few fields used of event.proto, graph.proto, node_def.proto, attr_value.proto and tensor_shape.proto
(https://github.com/tensorflow/tensorflow/tree/v2.16.1/tensorflow/core/framework).
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..graph import Operation, Tensor
from ..host.event_file import Field, float_field, message, record
from ..op import Op
from ..registry import OPS
from ..types import DType
from . import wording
from .selection import Selection, is_hidden, scope_of, select

# DataType of types.proto
_DTYPES = {"float32": 1, "float64": 2, "int32": 3, "uint8": 4, "int16": 5, "int8": 6, "string": 7, "int64": 9}
_DTYPES |= {"bool": 10, "bfloat16": 14, "uint16": 17, "float16": 19, "uint32": 22, "uint64": 23}
_PRODUCER = 27  # the GraphDef version of TensorFlow 1.15


def graph_def(targets: Any, *, gradients: bool = True) -> bytes:
    """A serialized GraphDef of what the targets need, as `draw` takes them.

    gradients: the operations that gradients are computed by, in the scope of the `gradients` call, not one `Gradients`
    operation. An operation has its inputs, the shapes of its outputs, what was said beyond its defaults, and its line.
    Raises as `draw`.
    """
    selection = select(targets, gradients)
    names = _names(selection)
    nodes: list[Field] = [(1, _node(selection, op, names)) for op in selection.operations]
    return message(*nodes, (4, message((1, _PRODUCER))))


def write_events(folder: str | os.PathLike[str], targets: Any, *, gradients: bool = True) -> Path:
    """Writes an event file with the graph into the folder, made if need be; `tensorboard --logdir FOLDER` shows it.

    Returns the file's path. Raises as `draw`, and OSError where the folder cannot be written to.
    """
    now = time.time()
    content = record(message((1, now), (3, "brain.Event:2")))
    content += record(message((1, now), (4, graph_def(targets, gradients=gradients))))
    path = Path(folder, f"events.out.tfevents.{time.time_ns():019d}.samegraph")
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "xb") as file:
        file.write(content)
    return path


def _names(selection: Selection) -> dict[Operation, str]:
    """A name for each operation; those of an expansion get one inside the scope that asked for the gradients."""
    names = {op: op.name for op in selection.operations if not is_hidden(op)}
    taken = set(names.values())
    for op in selection.operations:
        if is_hidden(op):
            scope = scope_of(selection.makers[op]) if op in selection.makers else ""
            base = f"{scope or 'gradients'}/{op.type}"
            name, number = base, 0
            while name in taken:
                number += 1
                name = f"{base}_{number}"
            names[op] = name
            taken.add(name)
    return names


def _node(selection: Selection, op: Operation, names: dict[Operation, str]) -> bytes:
    fields: list[Field] = [(1, names[op]), (2, op.type)]
    fields += [(3, text) for text in _inputs(selection, op, names)]
    fields += [(5, message((1, key), (2, value))) for key, value in sorted(_attributes(selection, op).items())]
    return message(*fields)


def _inputs(selection: Selection, op: Operation, names: dict[Operation, str]) -> Iterator[str]:
    # As in TensorFlow 1, an assignment takes the variable it changes.
    if op.variable is not None and op.variable is not op:
        yield names[op.variable]
    for t in selection.inputs(op):
        yield names[t.op] + (f":{t.index}" if t.index else "")
    for c in selection.controls(op):
        yield f"^{names[c]}"


def _attributes(selection: Selection, op: Operation) -> dict[str, bytes]:
    """AttrValue messages by name."""
    found: dict[str, bytes] = {}
    if op.outputs:
        found["_output_shapes"] = message((1, message(*((7, _shape(t)) for t in op.outputs))))
        dtype = _DTYPES.get(op.outputs[0].dtype.name)
        if dtype is not None:
            found["dtype" if not op.inputs else "T"] = message((6, dtype))
    spec: Op[Any, Any] | None = OPS.get(op.kernel)
    for key, value in op.attrs.items() if spec is not None else ():
        if spec is not None and key in spec.defaults and value != spec.defaults[key] and not key.startswith("seed"):
            found[key] = _value(value)
    maker = selection.makers.get(op)
    found["_made_by"] = message((2, wording.line_of(op.where if maker is None else maker.where)))
    return found


def _value(value: Any) -> bytes:
    if isinstance(value, bool):
        return message((5, int(value)))
    if isinstance(value, int):
        return message((3, value))
    if isinstance(value, float):
        return float_field(4, value)
    return message((2, value.name if isinstance(value, DType) else str(value)))


def _shape(t: Tensor) -> bytes:
    if t.type.shape is None:
        return message((3, 1))
    return message(*((2, message((1, -1 if size is None else size))) for size in t.type.shape))
