"""A graph that disagrees, made smaller: no more is fetched than it takes, and constants stand for what needs not be computed.

hypothesis takes out steps; what a step that stays took in is cut off here, by the values that the reference gave it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import samegraph.tf1 as tf
from samegraph.blocks.structured import assigned
from samegraph.conformance.disagreements import Counting, Outcome, judge, reference
from samegraph.conformance.evaluating import Array, Evaluator
from samegraph.conformance.graphs import Composed
from samegraph.gradients import Backwards, GradientsNode
from samegraph.graph import Graph, Operation, Tensor, ancestors
from samegraph.specialising import by_rules
from samegraph.types import TensorType

Changed = tuple[Sequence[Tensor], Mapping[str, Any]]
_MOST_TRIALS = 200
_LEAVES = ("Const", "Placeholder", "VariableV2")


def smallest(
    graph: Composed, counting: Counting, shows: Callable[[Composed, Outcome], bool] = lambda graph, outcome: True
) -> tuple[Composed, Outcome]:
    """A small graph on which the column still disagrees with the reference in the same way, and what it answered there.

    shows: what else a smaller graph must stand, as that the program printed for it disagrees by itself.
    """
    outcome = judge(graph, reference(graph), counting)
    trials, again = 0, True
    while again and trials < _MOST_TRIALS:
        again = False
        for part in _smaller(graph, outcome, counting) if trials else _parts(graph, outcome, counting):
            trials += 1
            found = None if part is None else judge(part, reference(part), counting)
            if part is not None and found is not None and found.is_like(outcome) and shows(part, found):
                graph, outcome, again = part, found, True
                break
        trials += 1
    return graph, outcome


def _parts(graph: Composed, outcome: Outcome, counting: Counting) -> Iterator[Composed | None]:
    """The first tensor that disagrees alone; then each assignment alone; then that tensor with them all, then everything."""
    everything = replace(graph, fetches=_inner(graph)[::-1])
    found = judge(everything, reference(everything), counting).wrong
    wrong = [everything.fetches[i] for i in found[:1] if i < len(everything.fetches)]
    wrong += [graph.fetches[i] for i in outcome.wrong if i < len(graph.fetches)]
    yield from (copied(graph, [t], []) for t in wrong)
    yield from (copied(graph, [], [op]) for op in graph.state)
    yield from (copied(graph, [t], graph.state) for t in wrong)
    yield copied(graph, graph.fetches, graph.state)


def _smaller(graph: Composed, outcome: Outcome, counting: Counting) -> Iterator[Composed | None]:
    """One assignment less, one constant for a tensor, or gradients from or to a tensor nearer by."""
    yield from (copied(graph, graph.fetches, [o for o in graph.state if o is not op]) for op in graph.state)
    used = {t for op in graph.graph.get_operations() for t in op.inputs}
    for t in _inner(graph):
        if t in used and t not in graph.fetches:  # of one that nothing uses, a constant in its place changes nothing
            yield copied(graph, graph.fetches, graph.state, {t: graph.values.values[t]})
    for op in graph.graph.get_operations():
        if op.type == "Gradients":
            asked = [t in used or t in graph.fetches for t in op.outputs]
            for inputs, counts in _nearer(graph, GradientsNode(op), asked):
                yield copied(graph, graph.fetches, graph.state, {}, {op: (inputs, {**op.attrs, **counts})})


def _nearer(
    graph: Composed, node: GradientsNode, asked: Sequence[bool]
) -> Iterator[tuple[list[Tensor], dict[str, int]]]:
    """The inputs of a gradients operation with one y only, or one nearer to the xs, or with an x nearer to the ys.

    asked: which of its outputs anything takes. An x of another one would hold up the ys; one that is asked for replaces it.
    """
    first = node.xs[asked.index(True)] if any(asked) else None
    for i, x in enumerate(node.xs):
        if first is not None and not asked[i] and x is not first:
            yield [*node.ys, *node.grad_ys, *node.xs[:i], first, *node.xs[i + 1 :]], {}
    alone = {"ys": 1, "grad_ys": 0}
    if len(node.ys) > 1 or node.grad_ys:
        yield from (([y, *node.xs], alone) for y in node.ys)
    for y in node.ys:
        yield from (([t, *node.xs], alone) for t in y.op.inputs if t.dtype == y.dtype and t not in node.xs)
    users = [op for op in graph.graph.get_operations() if op.kernel]
    for i, x in enumerate(node.xs):
        for op in users if asked[i] else ():
            if x in op.inputs and op.outputs[0].dtype == x.dtype and op.outputs[0] not in node.ys:
                xs = [*node.xs[:i], op.outputs[0], *node.xs[i + 1 :]]
                yield [*node.ys, *node.grad_ys, *xs], {}


def _inner(graph: Composed) -> list[Tensor]:
    """Tensors that are computed, the last first."""
    ops = [op for op in reversed(graph.graph.get_operations()) if op.variable is None and op.type not in _LEAVES]
    return [t for op in ops for t in op.outputs if t in graph.values.values]


def copied(
    graph: Composed,
    fetches: Sequence[Tensor],
    state: Sequence[Operation],
    cut: Mapping[Tensor, Array] | None = None,
    instead: Mapping[Operation, Changed] | None = None,
) -> Composed | None:
    """A graph of what `fetches` and `state` need; None when it makes no sense.

    cut: tensors that constants stand for. instead: other inputs and attributes of operations.
    """
    cut, instead = cut or {}, instead or {}
    needed = _needed([*fetches, *state], cut, instead)
    new = Graph()
    tensors: dict[Tensor, Tensor] = {}
    operations: dict[Operation, Operation] = {}
    variables = {v.op: v for v in graph.variables if v.op in needed}
    with new.as_default():
        for t, value in cut.items():
            tensors[t] = tf.constant(value)
        for op in graph.graph.get_operations():
            if op not in needed:
                continue
            if op in variables:
                variables[op] = tf.Variable(graph.values.values[op.outputs[0]])
                made = variables[op].op
            else:
                inputs, attrs = instead.get(op, (op.inputs, op.attrs))
                if any(t not in tensors for t in inputs):
                    return None  # a tensor nearer by that is made later
                made = _again(new, op, inputs, attrs, tensors, operations)
                if made.type == "Gradients" and not _connected(GradientsNode(made)):
                    return None  # tf.gradients answers None there
            operations[op] = made
            for t, u in zip(op.outputs, made.outputs, strict=True):
                tensors.setdefault(t, u)
    moved = replace(
        graph,
        graph=new,
        feeds={tensors[t]: v for t, v in graph.feeds.items() if t in tensors and t not in cut},
        fetches=[tensors[t] for t in fetches],
        state=[operations[op] for op in state],
        variables=list(variables.values()),
    )
    if not _all_assigned(moved):
        return None
    try:
        return replace(moved, values=_evaluated(graph, moved, variables))
    except (ValueError, IndexError, TypeError):
        return None  # gradients of another shape than what was made of them takes


def _needed(
    roots: list[Tensor | Operation], cut: Mapping[Tensor, Array], instead: Mapping[Operation, Changed]
) -> set[Operation]:
    needed = set(ancestors(roots, stop=cut, inputs=lambda op: instead[op][0] if op in instead else op.inputs))
    return needed | {op.variable for op in needed if op.variable is not None}


def _again(
    new: Graph,
    op: Operation,
    given: Sequence[Tensor],
    attrs: Mapping[str, Any],
    tensors: dict[Tensor, Tensor],
    operations: dict[Operation, Operation],
) -> Operation:
    inputs = tuple(tensors[t] for t in given)
    types = [t.type for t in op.outputs]
    if op.type == "Gradients":
        attrs = {**attrs, "stops": tuple(tensors[t] for t in attrs["stops"] if t in tensors)}
        types = [TensorType(x.type.shape, x.dtype) for x in inputs[attrs["ys"] + attrs["grad_ys"] :]]
    controls = [operations[c] for c in op.control_inputs if c in operations]
    variable = None if op.variable is None else operations[op.variable]
    return new.add(op.type, inputs, types, dict(attrs), op.name, op.kernel, controls, variable, op.where)


def _connected(node: GradientsNode) -> bool:
    reached = Backwards(node.ys, node.stops).users
    return all(x in reached for x in node.xs)


def _all_assigned(graph: Composed) -> bool:
    """Whether a run does every assignment there is, as the evaluation does: one behind a y that no rule takes is not run."""
    run = set(ancestors([*graph.fetches, *graph.state], stop=graph.feeds, resolve=by_rules(list(graph.feeds))))
    initializers = {v.initializer for v in graph.variables}
    return all(op in run or op in initializers for op in graph.graph.get_operations() if assigned(op))


def _evaluated(old: Composed, new: Composed, variables: Mapping[Operation, tf.Variable]) -> Evaluator:
    initial = {v.op: old.values.values[op.outputs[0]] for op, v in variables.items()}
    evaluator = Evaluator(new.feeds, initial)
    initializers = {v.initializer for v in new.variables}
    for op in new.graph.get_operations():
        if op not in initializers:
            evaluator.evaluate(op)
    return evaluator
