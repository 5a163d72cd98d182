"""Publishing a graph with its variables, and running it on any backend without the code that built it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from ..backend import Backend
from ..errors import DataLossError
from ..graph import Graph, Operation, Tensor, ancestors
from ..session import Session
from ..types import compatible
from . import graphs
from .blocks import behind
from .checkpoints import random_state

_FILE = "graph.json"
Named = dict[str, Any]


def publish(graph: Graph | None, session: Session, path: str, inputs: Any = None, outputs: Any = None) -> None:
    """Writes a graph, with the values that its variables have in `session`, into the folder `path`.

    graph: the session's when None. outputs: the tensors and operations (a training step, say) to publish: one, a list, or a
    dictionary of names; what they do not need is left out. All of the graph when None, every tensor and operation under its
    own name. inputs: likewise the tensors to feed; the placeholders that the outputs need when None. In a list, a name is
    the operation's own, with ":1" for a second output. The folder gets `graph.json` and a safetensors file; an earlier
    publication in it is replaced at one instant. The random draws go on from where the session stands.

    Raises ValueError for a placeholder that the outputs need and `inputs` lacks, and for what no file can hold (Python
    functions); FailedPreconditionError for a variable without a value.

        samegraph.publish(None, sess, "model", inputs={"x": x, "y": y}, outputs={"loss": loss, "train": train_step})
        model = samegraph.load("model", backend="jax")
        model.run(["train", "loss"], {"x": images, "y": labels})
    """
    graph = session.graph if graph is None else graph
    if graph is not session.graph:
        raise ValueError("publish: the session runs another graph than the one given")
    wanted = None if outputs is None else _named(graph, outputs, "outputs")
    needed = graph.get_operations() if wanted is None else _needed(graph, wanted.values())
    fed = _named(graph, [o for o in needed if o.type == "Placeholder"] if inputs is None else inputs, "inputs")
    fed = {n: t.outputs[0] if isinstance(t, Operation) else t for n, t in fed.items()}
    if wanted is not None:
        needed = _needed(graph, [*wanted.values(), *fed.values()])
        _check_fed(needed, fed)
    document, arrays = graphs.encoded(graph, needed)
    values, random = session.snapshot(o for o in needed if o.type == "VariableV2")
    used = {op.name for op in needed}
    random = {**random, "counts": {n: c for n, c in random["counts"].items() if n in used}}
    document |= {"inputs": _names(fed), "outputs": None if wanted is None else _names(wanted), "random": random}
    os.makedirs(path, exist_ok=True)
    graphs.write_document(os.path.join(path, _FILE), document, arrays | graphs.variable_arrays(values))


def _check_fed(needed: Iterable[Operation], fed: Named) -> None:
    for op in needed:
        if op.type == "Placeholder" and op.outputs[0] not in fed.values():
            raise ValueError(
                f"publish: the outputs need placeholder {op.name!r}, which is not among the inputs; it was made at {op.made_at}"
            )


def _named(graph: Graph, given: Any, what: str) -> Named:
    if isinstance(given, Mapping):
        pairs = [(str(n), graph.as_graph_element(v)) for n, v in given.items()]
    else:
        elements = [graph.as_graph_element(v) for v in (given if isinstance(given, (list, tuple)) else [given])]
        pairs = [(_own_name(e), e) for e in elements]
    named = dict(pairs)
    if len(named) != len(pairs):
        raise ValueError(
            f"publish: two of the {what} have the same name, of {[n for n, _ in pairs]}; give a dictionary"
        )
    return named


def _own_name(element: Tensor | Operation) -> str:
    return element.name.removesuffix(":0") if isinstance(element, Tensor) else element.name


def _names(elements: Named) -> dict[str, str]:
    return {n: e.name for n, e in elements.items()}


def _needed(graph: Graph, roots: Iterable[Any]) -> list[Operation]:
    """What the roots need, in the order in which it was made; an assignment needs its variable, a loop its body."""
    found = dict.fromkeys(ancestors(roots, inputs=behind))
    hidden = [op for op in found if op.name.startswith("~")]
    return hidden + [op for op in graph.get_operations() if op in found]


@dataclass(frozen=True)
class Published:
    """A graph read from a file, with a session that holds its variables.

    inputs, outputs: tensors and operations by the names they were published under.
    """

    graph: Graph
    session: Session
    inputs: dict[str, Tensor]
    outputs: dict[str, Tensor | Operation]

    def run(self, outputs: Any, inputs: Mapping[str, Any] | None = None) -> Any:
        """The values of outputs by name (a name, or a list or dictionary of names), in that structure; None for an operation.

        inputs: values by name. Raises KeyError for a name that was not published, and what Session.run does.
        """
        feeds = {_found(self.inputs, n, "inputs"): v for n, v in (inputs or {}).items()}
        return self.session.run(self._fetches(outputs), feeds)

    def _fetches(self, names: Any) -> Any:
        if isinstance(names, Mapping):
            return {k: self._fetches(v) for k, v in names.items()}
        if isinstance(names, (list, tuple)):
            return [self._fetches(n) for n in names]
        return _found(self.outputs, names, "outputs")


def _found(table: Mapping[str, Any], name: str, what: str) -> Any:
    if name not in table:
        near = get_close_matches(name, table, n=5) or list(table)[:5]
        raise KeyError(f"{name!r} is not among the {len(table)} published {what}, such as {', '.join(near) or 'none'}")
    return table[name]


def load(
    path: str, backend: str | Backend | None = None, device: str | None = None, gradients: str | None = None
) -> Published:
    """The graph that `publish` wrote into the folder `path`, ready to run; backend, device, gradients: as of Session.

    Only operations that samegraph knows are made, with plain values as attributes; nothing in the files is executed. Raises
    NotFoundError when there is none, DataLossError for files that are damaged, foreign or made to harm.
    """
    stored = graphs.read(os.path.join(path, _FILE))
    graph, values = stored.graph, stored.values()
    _check_values(stored, values)
    inputs, outputs = (_elements(stored, key) for key in ("inputs", "outputs"))
    if not all(isinstance(t, Tensor) for t in inputs.values()):
        raise DataLossError(None, None, f"{stored.path} cannot be read: an input is no tensor")
    session = Session(graph=graph, backend=backend, device=device, gradients=gradients)
    session.restore(values, random_state(stored.document.get("random"), stored.path))
    return Published(graph, session, inputs, outputs)


def _check_values(stored: graphs.Stored, values: Mapping[Operation, Any]) -> None:
    for v in (o for o in stored.graph.get_operations() if o.type == "VariableV2"):
        array, own = values.get(v), v.outputs[0].type
        if array is None or array.dtype.name != own.dtype or not compatible(own.shape, array.shape):
            raise DataLossError(
                None, None, f"{stored.path} cannot be read: variable {v.name!r}, {own}, has no value that fits"
            )


def _elements(stored: graphs.Stored, key: str) -> dict[str, Any]:
    given: Any = stored.document.get(key)
    if key == "outputs" and given is None:
        operations = [op for op in stored.graph.get_operations() if op.block is None]
        tensors = {_own_name(t): t for op in operations for t in op.outputs}
        return tensors | {op.name: op for op in operations if not op.outputs}
    try:
        return {n: stored.graph.as_graph_element(name) for n, name in given.items()}
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise DataLossError(None, None, f"{stored.path} cannot be read: its {key}: {error}") from None
