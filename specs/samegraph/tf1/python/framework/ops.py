"""tf.python.framework.ops: the graph and its collections."""

from __future__ import annotations

from ..._absent import absent
from ..._graph import (
    Graph,
    GraphKeys,
    IndexedSlices,
    Operation,
    Tensor,
    add_to_collection,
    add_to_collections,
    control_dependencies,
    convert_to_tensor,
    device,
    get_collection,
    get_collection_ref,
    get_default_graph,
    get_default_session,
    name_scope,
    reset_default_graph,
)

__all__ = [
    "Graph",
    "GraphKeys",
    "IndexedSlices",
    "Operation",
    "Tensor",
    "add_to_collection",
    "add_to_collections",
    "control_dependencies",
    "convert_to_tensor",
    "device",
    "get_collection",
    "get_collection_ref",
    "get_default_graph",
    "get_default_session",
    "name_scope",
    "reset_default_graph",
]

__getattr__ = absent(__name__)
