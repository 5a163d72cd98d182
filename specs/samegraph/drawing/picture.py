"""What is drawn, free of any graph: nodes, the tensors and orders between them, and the scopes they lie in."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, IntEnum


class Part(IntEnum):
    """Where a node stands: in the user's computation, in the reverse graph, or in what is done with gradients."""

    FORWARD = 0
    REVERSE = 1
    UPDATE = 2


class Kind(Enum):
    """What a node is."""

    PLACEHOLDER = "placeholder"
    VARIABLE = "variable"
    CONSTANT = "constant"
    OPERATION = "operation"
    ASSIGNMENT = "assignment"
    GROUP = "group"
    FOLDED = "folded"


class Flow(Enum):
    """What an edge carries: a tensor, an order only, or a new value into a variable."""

    DATA = "data"
    CONTROL = "control"
    WRITE = "write"


@dataclass(frozen=True)
class Node:
    """A node. name: with its scopes, "" for an operation the user did not write. scope: the scopes around it.

    notes: short lines below type and name. tooltip: all that is known of it. fetched: the user asked for it. size: how
    many operations it stands for.
    """

    kind: Kind
    part: Part
    type: str
    name: str = ""
    scope: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    tooltip: str = ""
    fetched: bool = False
    size: int = 1


@dataclass(frozen=True)
class Edge:
    """From node number `source` to number `target`. tensor: which one, "" for an order. label: its dtype and shape."""

    source: int
    target: int
    flow: Flow
    tensor: str = ""
    label: str = ""


@dataclass(frozen=True)
class Picture:
    """All that is drawn, each node after those it takes something from."""

    nodes: list[Node] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
