"""The places of elements that are chosen by their values."""

from __future__ import annotations

from ..graph import Tensor
from ..op import TensorLike, op
from ..types import EVERY, INT32, INT64, TensorType, ints, require_shape, typed


@op("Where", dtypes=EVERY, dynamic=True)
def where_indices(condition: TensorLike, *, name: str | None = None) -> Tensor:
    """The indices of the elements that are True, or not 0, a row an element, in C order; int64 (TF1: tf.where)."""
    ...


@where_indices.type_rule
def _(condition):
    require_shape(condition.rank >= 1, f"a scalar has no indices, got {condition}")
    return TensorType((None, condition.rank), INT64)


where_indices.refuses("a scalar has no indices", typed("bool"))
where_indices.infers(typed("int64", None, 1), typed("bool", 3))


where_indices.no_gradient("the output is indices")


@where_indices.cases
def _(draw, gen):
    shape = draw(gen.shapes(min_dims=1, min_side=0))
    return (draw(gen.integers_array(shape, 0, 1)) * 1.0,), {}


where_indices.point([[True, False], [True, True]], value=[[0, 0], [1, 0], [1, 1]])
where_indices.point([0.0, -0.0, float("nan"), 2.0], value=[[2], [3]], why="NaN is not 0")


@op("DynamicPartition", dtypes=(INT32,), dynamic=True)
def partition_indices(partitions: TensorLike, *, num_partitions: int, name: str | None = None) -> list[Tensor]:
    """For each i < num_partitions the int32 places in the vector `partitions` of the elements that are i, in order."""
    ...


@partition_indices.type_rule
def _(partitions, num_partitions):
    require_shape(partitions.rank == 1, f"partitions must be a vector, got {partitions}")
    require_shape(num_partitions >= 1, f"num_partitions must be 1 or more, got {num_partitions}")
    return [TensorType((None,), INT32)] * num_partitions


partition_indices.refuses("partitions must be a vector", ints(2, 2), num_partitions=2)
partition_indices.refuses("num_partitions must be 1 or more", ints(2), num_partitions=0)
partition_indices.infers([ints(None)], ints(2), num_partitions=1)


partition_indices.no_gradient("the outputs are indices")


@partition_indices.cases
def _(draw, gen):
    count = draw(gen.integers(1, 3))
    numbers = draw(gen.integers_array((draw(gen.integers(0, 5)),), 0, count - 1))
    return (numbers,), {"num_partitions": count}
