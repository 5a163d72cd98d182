"""Looking rows up in a table, or in one that is split into several."""

from __future__ import annotations

from ..graph import Tensor, get_default_graph
from ..op import as_tensor
from ..registry import OPS
from ..types import require_shape
from .arrays import cast, concat, reshape
from .filling import range_
from .indexing import gather, require_indices


def embedding_lookup(params, ids, partition_strategy="mod", name=None, validate_indices=True, max_norm=None):
    """The rows `ids` of a table (TF1: tf.nn.embedding_lookup).

    params: the table, or a list of the parts it is split into. partition_strategy: "mod" deals the rows out one by one,
    "div" gives each part a block. validate_indices: ignored, as in TF1. Raises ValueError for no part, for
    another strategy and for a max_norm, which samegraph does not apply.
    """
    parts = list(params) if isinstance(params, (list, tuple)) else [params]
    if not parts:
        raise ValueError("Need at least one param")
    if max_norm is not None:
        raise ValueError("embedding_lookup: max_norm is not supported; clip the rows that come out (tf.clip_by_norm)")
    if partition_strategy not in ("mod", "div"):
        raise ValueError(f"Unrecognized partition strategy: {partition_strategy}")
    ids = as_tensor(ids)
    require_indices(ids.type)
    with get_default_graph().name_scope(name or "embedding_lookup") as scope:
        if len(parts) == 1:
            return gather(parts[0], ids, name=scope)
        return _lookup_in_parts([as_tensor(p) for p in parts], ids, partition_strategy, scope)


def _lookup_in_parts(parts: list[Tensor], ids: Tensor, strategy: str, name: str) -> Tensor:
    """Every part answers every id, with its first row for those of another part; one gather picks each id's answer.

    So gradients with respect to the parts are IndexedSlices, with rows of zeros for the ids that lie elsewhere.
    """
    flat = reshape(ids, [-1])
    part, row = _dealt(flat, len(parts)) if strategy == "mod" else _in_blocks(flat, [p.type.dims[0] for p in parts])
    answers = [gather(p, row * cast(OPS["equal"](part, i), dtype=ids.dtype)) for i, p in enumerate(parts)]
    count = OPS["size"](flat, out_type=ids.dtype)
    picked = gather(concat(*answers, axis=0), part * count + range_(count))
    if ids.type.shape is not None and len(ids.type.shape) == 1:
        return OPS["identity"](picked, name=name)
    sizes = concat(OPS["shape"](ids), OPS["shape"](picked)[1:], axis=0)
    return reshape(picked, sizes, name=name)


def _dealt(ids, count):
    return OPS["mod"](ids, count), OPS["floordiv"](ids, count)


def _in_blocks(ids, sizes):
    """As TF1: the first parts hold one row more where the rows do not divide evenly."""
    require_shape(None not in sizes, 'partition_strategy "div" needs the number of rows of every part')
    rows, extras = divmod(sum(sizes), len(sizes))
    part = OPS["maximum"](OPS["floordiv"](ids, rows + 1), OPS["floordiv"](ids - extras, rows))
    return part, ids - part * rows - OPS["minimum"](part, extras)


OPS.update(embedding_lookup=embedding_lookup)
