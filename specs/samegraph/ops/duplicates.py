"""Rows that belong to equal ids, summed before a step that is not linear in them."""

from __future__ import annotations

from ..graph import Tensor
from ..op import TensorLike, op
from ..types import NUMBERS, TensorType, compatible, floats, ints, require_shape, shape_text
from .indexing import SUMMED, require_indices


@op(dtypes=NUMBERS, apart=["indices"], stops=["indices"], tolerance=SUMMED)
def sum_duplicates(values: TensorLike, indices: TensorLike, *, name: str | None = None) -> Tensor:
    """At each place the sum of all rows that share its index: out[i] = sum of values[j] over indices[j] == indices[i].

    indices: [n]; values: [n, ...]. Equal indices hold equal rows afterwards, so that putting them into a table gives the
    same whichever comes last, and no shape depends on how many of them differ.
    """
    ...


@sum_duplicates.type_rule
def _(values, indices):
    require_indices(indices)
    fits = indices.rank == 1 and compatible(indices.dims, values.dims[:1])
    require_shape(
        fits, f"values {shape_text(values.shape)} must have one row for each of the indices {shape_text(indices.shape)}"
    )
    return TensorType(values.shape, values.dtype)


sum_duplicates.refuses("indices must hold int32 or int64", floats(2), floats(2))
sum_duplicates.refuses("must have one row for each of the indices", floats(3, 2), ints(2))
sum_duplicates.refuses("must have one row for each of the indices", floats(), ints())
sum_duplicates.infers(floats(3, 2), floats(3, 2), ints(3))


@sum_duplicates.vjp
def _(g, out, values, indices):
    return sum_duplicates(g, indices), None


@sum_duplicates.cases
def _(draw, gen):
    values = draw(gen.floats(min_dims=1))
    return (values, draw(gen.indices(below=3, shape=values.shape[:1]))), {}


sum_duplicates.point(
    [1.0, 2.0, 4.0], [5, 0, 5], value=[5.0, 2.0, 5.0], gradients=([2.0, 1.0, 2.0], None), why="two share an index"
)
