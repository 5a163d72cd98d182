"""Matrix products and transposition."""

from __future__ import annotations

from ..graph import Tensor
from ..op import TensorLike, Tolerance, op
from ..types import FLOATS, INT32, INT64, TensorType, broadcast, floats, normal_axis, require_shape, shape_text
from .broadcasting import sum_to_like


@op(
    "MatMul",
    dtypes=(*FLOATS, INT32, INT64),
    tolerance=Tolerance(64, "sums of up to a few dozen products, in an order of the library's choosing"),
)
def matmul(
    a: TensorLike, b: TensorLike, *, transpose_a: bool = False, transpose_b: bool = False, name: str | None = None
) -> Tensor:
    """Matrix product over the last two axes: out[..., i, k] = sum_j a[..., i, j] * b[..., j, k]; other axes broadcast."""
    ...


@matmul.type_rule
def _(a, b, transpose_a, transpose_b):
    require_shape(
        len(a.dims) >= 2 and len(b.dims) >= 2,
        f"both operands must have rank 2 or more, got {shape_text(a.shape)} and {shape_text(b.shape)};"
        " tf.expand_dims(v, 1) makes a column of a vector",
    )
    m, j = a.dims[-2:][::-1] if transpose_a else a.dims[-2:]
    k, n = b.dims[-2:][::-1] if transpose_b else b.dims[-2:]
    if not (j == k or j is None or k is None):
        hint = (
            "; a transpose would fit: transpose_b=True" if j == n else "; the other order would fit" if m == n else ""
        )
        left, right = shape_text((m, j)), shape_text((k, n))
        require_shape(False, f"the inner sizes {j} and {k} of {left} and {right} differ{hint}")
    return TensorType((*broadcast(a.dims[:-2], b.dims[:-2]), m, n), a.dtype)


matmul.refuses("both operands must have rank 2 or more", floats(2), floats(2, 2))
matmul.refuses("both operands must have rank 2 or more", floats(2, 2), floats(2))
matmul.refuses("differ; a transpose would fit: transpose_b=True", floats(2, 3), floats(4, 3))
matmul.refuses("differ; the other order would fit", floats(2, 3), floats(4, 2))
matmul.refuses("of (2, 3) and (4, 5) differ\n", floats(2, 3), floats(4, 5))
matmul.infers(floats(2, 4), floats(2, None), floats(3, 4))
matmul.infers(floats(5, 2, 4), floats(5, 2, 3), floats(None, 4))
matmul.infers(floats(5, 2, 4), floats(2, 3), floats(5, 3, 4))
matmul.infers(floats(5, 2, 4), floats(5, 3, 2), floats(5, 4, 3), transpose_a=True, transpose_b=True)
matmul.infers(floats(2, 4), floats(3, 2), floats(4, 3), transpose_a=True, transpose_b=True)


@matmul.vjp
def _(g, out, a, b, transpose_a, transpose_b):
    if transpose_a:
        da = matmul(b, g, transpose_a=transpose_b, transpose_b=True)
    else:
        da = matmul(g, b, transpose_b=not transpose_b)
    if transpose_b:
        db = matmul(g, a, transpose_a=True, transpose_b=transpose_a)
    else:
        db = matmul(a, g, transpose_a=not transpose_a)
    batched = len(a.type.dims) > 2 or len(b.type.dims) > 2
    return (sum_to_like(da, a), sum_to_like(db, b)) if batched else (da, db)


@matmul.cases
def _(draw, gen):
    m, k, n = draw(gen.sizes(3))
    batch_a, batch_b = draw(gen.broadcastable_shapes(2))
    flip_a, flip_b = draw(gen.booleans()), draw(gen.booleans())
    a = draw(gen.floats((*batch_a, k, m) if flip_a else (*batch_a, m, k)))
    b = draw(gen.floats((*batch_b, n, k) if flip_b else (*batch_b, k, n)))
    return (a, b), {"transpose_a": flip_a, "transpose_b": flip_b}


matmul.point(
    [[1.0, 2.0], [3.0, 4.0]],
    [[5.0, 6.0], [7.0, 8.0]],
    value=[[19.0, 22.0], [43.0, 50.0]],
    gradients=([[11.0, 15.0], [11.0, 15.0]], [[4.0, 4.0], [6.0, 6.0]]),
    why="rows times columns",
)
matmul.point(
    [[1.0, 2.0], [3.0, 4.0]],
    [[5.0, 6.0], [7.0, 8.0]],
    transpose_a=True,
    value=[[26.0, 30.0], [38.0, 44.0]],
    gradients=([[11.0, 11.0], [15.0, 15.0]], [[3.0, 3.0], [7.0, 7.0]]),
    why="columns times columns",
)
matmul.point(
    [[1.0, 2.0], [3.0, 4.0]],
    [[5.0, 6.0], [7.0, 8.0]],
    transpose_b=True,
    value=[[17.0, 23.0], [39.0, 53.0]],
    gradients=([[12.0, 14.0], [12.0, 14.0]], [[4.0, 6.0], [4.0, 6.0]]),
    why="rows times rows",
)


@op(may_view=True)
def transpose(x: TensorLike, *, perm: tuple[int, ...] | None = None, name: str | None = None) -> Tensor:
    """`x` with its axes in the order `perm`; reversed when None."""
    ...


@transpose.type_rule
def _(x, perm):
    order = range(x.rank)[::-1] if perm is None else [normal_axis(p, x.rank) for p in perm]
    require_shape(sorted(order) == list(range(x.rank)), f"perm {perm} is not an order of the axes of {x}")
    return TensorType(tuple(x.dims[p] for p in order), x.dtype)


transpose.refuses("is not an order of the axes", floats(2, 3), perm=(0, 0))
transpose.refuses("is not an order of the axes", floats(2, 3), perm=(0,))
transpose.infers(floats(3, 2), floats(2, 3))
transpose.infers(floats(4, 2, 3), floats(2, 3, 4), perm=(2, 0, 1))


@transpose.vjp
def _(g, out, x, perm):
    if perm is None:
        return (transpose(g),)
    rank = len(perm)
    return (transpose(g, perm=tuple(sorted(range(rank), key=lambda i: perm[i] % rank))),)


@transpose.cases
def _(draw, gen):
    x = draw(gen.floats(min_dims=2))
    return (x,), {"perm": draw(gen.permutations(x.ndim))}


transpose.point(
    [[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]],
    perm=(1, 2, 0),
    value=[[[1.0], [2.0], [3.0]], [[4.0], [5.0], [6.0]]],
    gradients=([[[1.0] * 3] * 2],),
    why="the gradient takes the way back, which is not the order reversed",
)
