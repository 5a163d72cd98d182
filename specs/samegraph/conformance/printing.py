"""A composed graph as the TF1-style program that builds, feeds and runs it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

import samegraph.tf1 as tf
from samegraph.conformance.disagreements import Column, Outcome, outcome_of, reference
from samegraph.conformance.graphs import Composed
from samegraph.gradients import Backwards, GradientsNode
from samegraph.graph import Graph, Operation, Tensor, ancestors
from samegraph.op import Op, static_value
from samegraph.registry import OPS
from samegraph.shapes import small_integers

_SPACES = (("tf", tf), ("tf.nn", tf.nn), ("tf.math", tf.math), ("tf.linalg", tf.linalg), ("tf.losses", tf.losses))
# Ops whose name is not the one of TF1's function.
_TF1_NAMES = {
    "sub": "subtract",
    "mul": "multiply",
    "truediv": "divide",
    "mod": "floormod",
    "softmax_cross_entropy_with_logits": "softmax_cross_entropy_with_logits_v2",
}


def program(graph: Composed, column: Column | None = None, got: Sequence[Any] | None = None) -> str:
    """The source of a program that prints what a column (default: NumPy by the rules) and the reference answer.

    got: what the column answered, written at the end beside the expected values.
    """
    writer = _Writer(graph)
    writer.graph_lines()
    fetches = ", ".join(writer.tensors[t] for t in graph.fetches)
    after = ", ".join(f"{writer.operations[op]}.op" for op in graph.state)
    variables = ", ".join(writer.tensors[v._as_graph_element()] for v in graph.variables)
    feeds = "".join(f"\n    {writer.tensors[t]}: {_array(v)}," for t, v in graph.feeds.items() if t in writer.tensors)
    lines = [
        *_imports(writer, column),
        "",
        *writer.lines,
        "",
        f"feeds = {{{feeds}{chr(10) if feeds else ''}}}",
        "",
        "",
        "def answers(backend, gradients):",
        "    with tf.Session(backend=backend, gradients=gradients) as session:",
        "        session.run(tf.global_variables_initializer())",
        f"        fetched, _ = session.run([[{fetches}], [{after}]], feeds)",
        f"        return fetched, session.run([{variables}])" if variables else "        return fetched, []",
        "",
        "",
        *_calls(column),
    ]
    return "\n".join(lines + _answers(graph, got)) + "\n"


def shows(graph: Composed, outcome: Outcome) -> bool:
    """Whether the program printed for a graph, run by itself, disagrees with the reference as `outcome` does."""
    source = compile(program(graph, outcome.column), "<printed>", "exec")

    def answers() -> list[Any]:
        names: dict[str, Any] = {"print": lambda *_: None}
        with Graph().as_default():
            exec(source, names)
        fetched, variables = names["got"]
        return [*fetched, *variables]

    return outcome_of(reference(graph), outcome.column, answers).is_like(outcome)


def _imports(writer: _Writer, column: Column | None) -> list[str]:
    lines = ["import numpy as np", "", "import samegraph.tf1 as tf"]
    if column is not None and not column.compiled and column.backend.compile is not None:
        lines.insert(0, "from dataclasses import replace\n")
        lines.append("from samegraph.backend import load")
    return [*lines, "from samegraph.registry import OPS"] if writer.uses_registry else lines


def _calls(column: Column | None) -> list[str]:
    if column is None:
        return ['print(answers("numpy", "rules"))']
    name, route = repr(column.backend.name), repr(column.route)
    if not column.compiled and column.backend.compile is not None:
        name = f"replace(load({name}), compile=None, ok_all=None, barrier=None)"
    return [f"got = answers({name}, {route})", 'expected = answers("numpy", "rules")', "print(got)", "print(expected)"]


def _answers(graph: Composed, got: Sequence[Any] | None) -> list[str]:
    if got is None:
        return []
    lines = []
    for e, value in zip(reference(graph), got, strict=True):
        if e.disagrees(value) is not None:
            lines += [f"# {e.name}: {_flat(value)}", f"# expected {_flat(e.value)}, within {e.bound:.3g}"]
    return lines


class _Writer:
    """The lines that build the part of a graph that its fetches need."""

    def __init__(self, graph: Composed) -> None:
        self.graph = graph
        self.lines: list[str] = []
        self.tensors: dict[Tensor, str] = {}
        self.operations: dict[Operation, str] = {}
        self.taken: set[str] = {"tf", "np", "OPS", "feeds", "answers", "got", "expected", "load", "replace"}
        self.uses_registry = False
        self.variables = {v.op: v for v in graph.variables}

    def graph_lines(self) -> None:
        needed = set(ancestors([*self.graph.fetches, *self.graph.state]))
        needed |= {v.op for v in self.graph.variables}
        for op in self.graph.graph.get_operations():
            if op in needed:
                self._write(op)

    def _write(self, op: Operation) -> None:
        inputs = [self.tensors.get(t) or self._literal(t) for t in op.inputs]
        text = self._expression(op, inputs)
        if text is None:
            return
        names = [self._name(op, i) for i in range(len(op.outputs))]
        for t, name in zip(op.outputs, names, strict=True):
            self.tensors[t] = name
        self.operations[op] = names[0] if names else ""
        several = (bool(op.kernel) and OPS[op.kernel].several) or op.type == "Gradients"
        left = f"[{', '.join(names)}]" if several else names[0]
        line = f"{left} = {text}"
        if op.control_inputs and op.type not in ("Const", "Placeholder", "VariableV2", "Gradients"):
            after = ", ".join(self.operations[c] for c in op.control_inputs if c in self.operations)
            self.lines += [f"with tf.control_dependencies([{after}]):", f"    {line}"]
        else:
            self.lines.append(line)

    def _expression(self, op: Operation, inputs: list[str]) -> str | None:
        if op.type == "Const":
            value = op.attrs["value"]
            return None if small_integers(op.outputs[0].type) and self._inlined(op) else f"tf.constant({_array(value)})"
        if op.type == "Placeholder":
            t = op.outputs[0].type
            shape = "None" if t.shape is None else repr(list(t.shape))
            return f"tf.placeholder(tf.{t.dtype.name}, {shape})"
        if op.type == "VariableV2":
            initial = self.graph.values.values[op.outputs[0]]
            return f"tf.Variable({_array(initial)})"
        if op.type == "ReadVariableOp":
            return f"{inputs[0]}.read_value()"
        if op.type == "Gradients":
            return self._gradients(op)
        if op.variable is not None:
            names = {"AssignAdd": "assign_add", "AssignSub": "assign_sub", "Assign": "assign"}
            call = names.get(op.type) or re.sub(r"(?<=.)([A-Z])", r"_\1", op.type).lower()
            return f"tf.{call}({', '.join([self.tensors[op.variable.outputs[0]], *inputs])})"
        return self._call(op, inputs)

    def _gradients(self, op: Operation) -> str:
        node = GradientsNode(op)
        ys, xs = ([self.tensors[t] for t in ts] for ts in (node.ys, node.xs))
        text = f"tf.gradients([{', '.join(ys)}], [{', '.join(xs)}]"
        if node.grad_ys:
            text += f", grad_ys=[{', '.join(self.tensors[t] for t in node.grad_ys)}]"
        stops = [self.tensors[t] for t in op.attrs["stops"] if t in self.tensors]
        text += f", stop_gradients=[{', '.join(stops)}])" if stops else ")"
        if any(Backwards(node.ys, node.stops).gathers(x, node.ys) for x in node.xs):
            return f"map(tf.convert_to_tensor, {text})"  # what is left of the graph only gathers from an x
        return text

    def _inlined(self, op: Operation) -> bool:
        """Whether a constant only says shapes, which are written where they are used."""
        users = [o for o in self.graph.graph.get_operations() if op.outputs[0] in o.inputs]
        return (
            bool(users)
            and op.outputs[0] not in self.graph.fetches
            and all(_is_shape_of(o, op.outputs[0]) for o in users)
        )

    def _literal(self, t: Tensor) -> str:
        return repr(list(v) if isinstance(v := static_value(t.type), tuple) else v)

    def _call(self, op: Operation, inputs: list[str]) -> str:
        """The call of TF1's function where that makes this very operation, else of the op itself."""
        spec: Op[Any, Any] = OPS[op.kernel]
        attrs = {k: v for k, v in op.attrs.items() if k in spec.defaults}
        said = {k: v for k, v in attrs.items() if v != spec.defaults[k]}
        written = [f"{k}={_attribute(v)}" for k, v in said.items()]
        first, rest = inputs[: len(spec.operands)], inputs[len(spec.operands) :]
        for name, function in _functions(op.kernel):
            if _makes(function, op, attrs, said):
                return (
                    f"{name}({', '.join([*first, *([f'[{chr(44).join(rest)}]'] if spec.variadic else []), *written])})"
                )
        self.uses_registry = True
        return f"OPS[{op.kernel!r}]({', '.join([*inputs, *written])})"

    def _name(self, op: Operation, i: int) -> str:
        stem = {"Placeholder": "x", "Const": "c", "VariableV2": "v", "Gradients": "gradient"}.get(op.type)
        stem = stem or (op.kernel if op.kernel else re.sub(r"(?<=.)([A-Z])", r"_\1", op.type).lower())
        number = 1
        while f"{stem}_{number}" in self.taken:
            number += 1
        self.taken.add(f"{stem}_{number}")
        return f"{stem}_{number}"


def _is_shape_of(op: Operation, t: Tensor) -> bool:
    return bool(op.kernel) and all(_is_shape_at(op, i) for i, u in enumerate(op.inputs) if u is t)


def _functions(kernel: str) -> Iterator[tuple[str, Callable[..., Any]]]:
    for space, module in _SPACES:
        for name in dict.fromkeys((_TF1_NAMES.get(kernel, kernel), kernel)):
            function = vars(module).get(name)
            if callable(function):
                yield f"{space}.{name}", function


def _makes(function: Callable[..., Any], op: Operation, attrs: dict[str, Any], said: dict[str, Any]) -> bool:
    """Whether TF1's function makes one operation of the same op, operands and attributes; tried in a graph aside."""
    spec: Op[Any, Any] = OPS[op.kernel]
    with Graph().as_default() as aside:
        operands: list[Any] = [_stand_in(aside, op, i) for i in range(len(op.inputs))]
        if spec.variadic:
            operands = [*operands[: len(spec.operands)], operands[len(spec.operands) :]]
        before = aside.size
        try:
            function(*operands, **said)
        except (TypeError, ValueError):
            return False
        made = [o for o in aside.get_operations()[before:] if o.type != "Const"]
    if len(made) != 1 or made[0].kernel != op.kernel:
        return False
    same = {k: v for k, v in made[0].attrs.items() if k in attrs} == attrs
    return same and [t.type for t in made[0].inputs] == [t.type for t in op.inputs]


def _stand_in(aside: Graph, op: Operation, i: int) -> Any:
    t = op.inputs[i]
    if _is_shape_at(op, i) and static_value(t.type) is not None:
        return static_value(t.type)
    return aside.add("Placeholder", (), [t.type], {}, None).outputs[0]


def _is_shape_at(op: Operation, i: int) -> bool:
    spec: Op[Any, Any] = OPS[op.kernel]
    return i < len(spec.operands) and spec.operands[i] in spec.shapes


def _attribute(value: Any) -> str:
    if isinstance(value, str):
        return repr(str(value))
    if isinstance(value, float) and not math.isfinite(value):
        return f"float({str(value)!r})"
    return repr(value)


def _flat(value: Any) -> str:
    return " ".join(repr(np.asarray(value).tolist()).split())


def _array(value: Any) -> str:
    """A NumPy array as an expression."""
    array = np.asarray(value)
    dtype = "" if array.dtype in (np.float64, np.bool_) and array.size else f", np.{array.dtype.name}"
    if array.size == 0:
        return f"np.zeros({array.shape}{dtype})"
    text = repr(array.tolist()).replace("nan", "np.nan").replace("inf", "np.inf")
    if array.ndim == 0 and not dtype:
        return f"np.float64({text})" if array.dtype == np.float64 else f"np.bool_({text})"
    return f"np.array({text}{dtype})"
