"""Ops that make a tensor larger by repeating its elements or putting others around it."""

from __future__ import annotations

from ..graph import Tensor
from ..op import TensorLike, op
from ..types import (
    EVERY,
    INDICES,
    NUMBERS,
    STRING,
    TensorType,
    floats,
    ints,
    require_dims,
    require_dtype,
    require_shape,
)
from .arrays import sizes_of
from .reduction import SUMS
from .slicing import slice_like

MODES = ("CONSTANT", "REFLECT", "SYMMETRIC")


@op("Tile", dtypes=(*EVERY, STRING), shapes=["multiples"])
def tile(x: TensorLike, multiples: TensorLike, *, name: str | None = None) -> Tensor:
    """`x` as a whole laid side by side, `multiples[i]` times along axis i."""
    ...


@tile.type_rule
def _(x, multiples):
    times = sizes_of(multiples)
    require_shape(
        times is None or len(times) == x.rank, f"multiples {multiples} must hold one number for each axis of {x}"
    )
    times = (None,) * x.rank if times is None else times
    require_shape(all(m is None or m >= 0 for m in times), f"multiples must not be negative, got {times}")
    return TensorType(tuple(None if m is None or n is None else m * n for m, n in zip(times, x.dims)), x.dtype)


tile.refuses("must hold one number for each axis", floats(2), (1, 2))
tile.refuses("multiples must not be negative", floats(2, 2), (-1, 1))
tile.infers(floats(0, None), floats(2, None), (0, 2))
tile.infers(floats(None, 6), floats(2, 3), (None, 2))
tile.infers(floats(None, None), floats(2, 3), ints(None))


@tile.vjp
def _(g, out, x, multiples):
    return sum_tiles_like(g, multiples, x), None


@tile.guard("multiples that are negative, or not one for each axis")
def _(x, multiples):
    return None


@tile.cases
def _(draw, gen):
    x = draw(gen.floats())
    return (x, tuple(draw(gen.integers(0, 3)) for _ in x.shape)), {}


@op(dtypes=NUMBERS, apart=["like"], shapes=["multiples"], stops=["like"], tolerance=SUMS)
def sum_tiles_like(x: TensorLike, multiples: TensorLike, like: TensorLike, *, name: str | None = None) -> Tensor:
    """The sum of the tiles of `x`, each of the shape of `like`: the transpose of `tile`."""
    ...


@sum_tiles_like.type_rule
def _(x, multiples, like):
    require_dims(x, tile.rule(like, multiples).shape)
    return TensorType(like.shape, x.dtype)


sum_tiles_like.refuses("where a shape of (4,) is needed", floats(5), (2,), floats(2))
sum_tiles_like.infers(floats(2), floats(4), (2,), floats(2))


@sum_tiles_like.vjp
def _(g, out, x, multiples, like):
    return tile(g, multiples), None, None


@sum_tiles_like.cases
def _(draw, gen):
    like = draw(gen.floats())
    multiples = tuple(draw(gen.integers(0, 3)) for _ in like.shape)
    x = draw(gen.floats(tuple(m * n for m, n in zip(multiples, like.shape))))
    return (x, multiples, like), {}


@op("Pad", shapes=["paddings"])
def pad(
    x: TensorLike, paddings: TensorLike, *, mode: str = "CONSTANT", constant_values: float = 0, name: str | None = None
) -> Tensor:
    """`x` with `paddings[i] = (before, after)` elements added along axis i (TF1: tf.pad).

    mode: "CONSTANT" adds `constant_values`, "REFLECT" mirrors `x` without repeating its edge, "SYMMETRIC" repeats it.
    """
    ...


def padded_sizes(x, paddings, mode):
    """The padded shape; ShapeError for paddings that `mode` cannot add to `x`."""
    require_dtype(paddings.dtype in INDICES, f"paddings hold int32 or int64, got {paddings}")
    require_shape(
        paddings.dims in ((x.rank, 2), (None, 2), (x.rank, None), (None, None)),
        f"paddings of {x} have shape ({x.rank}, 2), got {paddings}",
    )
    require_shape(mode in MODES, f"mode is one of {', '.join(MODES)}, got {mode!r}")
    if paddings.known is None:
        return (None,) * x.rank
    sizes = []
    for n, before, after in zip(x.dims, paddings.known[::2], paddings.known[1::2]):
        given = [p for p in (before, after) if p is not None]
        require_shape(all(p >= 0 for p in given), f"paddings must not be negative, got {(before, after)}")
        most = max(given, default=0)
        fits = mode == "CONSTANT" or n is None or most <= n - (mode == "REFLECT")
        require_shape(fits, f"an axis of size {n} has too few elements to mirror {most} of them")
        sizes.append(None if n is None or before is None or after is None else n + before + after)
    return tuple(sizes)


@pad.type_rule
def _(x, paddings, mode, constant_values):
    return TensorType(padded_sizes(x, paddings, mode), x.dtype)


pad.refuses("paddings hold int32 or int64", floats(2), floats(1, 2))
pad.refuses("have shape (1, 2), got", floats(2), ints(2, 2))
pad.refuses("have shape (1, 2), got", floats(2), ints(1, 3))
pad.refuses("mode is one of CONSTANT, REFLECT, SYMMETRIC", floats(2), ((0, 0),), mode="WRAP")
pad.refuses("paddings must not be negative", floats(2), ((-1, 0),))
pad.refuses("paddings must not be negative", floats(2), ((None, -1),))
pad.refuses("an axis of size 2 has too few elements to mirror 2", floats(2), ((2, 0),), mode="REFLECT")
pad.refuses("an axis of size 2 has too few elements to mirror 3", floats(2), ((None, 3),), mode="SYMMETRIC")
pad.infers(floats(5, 9), floats(2, 3), ((1, 2), (2, 4)))
pad.infers(floats(4), floats(2), ((1, 1),), mode="REFLECT")
pad.infers(floats(6), floats(2), ((2, 2),), mode="SYMMETRIC")
pad.infers(floats(None), floats(None), ((9, 9),), mode="REFLECT")
pad.infers(floats(None), floats(0), ((None, 0),), mode="SYMMETRIC")
pad.infers(floats(None), floats(0), ((0, None),), mode="SYMMETRIC")
pad.infers(floats(None), floats(0), ((None, None),), mode="SYMMETRIC")
pad.infers(floats(None), floats(2), ints(1, 2))
pad.infers(floats(None), floats(2), ints(None, 2))
pad.infers(floats(None), floats(2), ints(1, None))
pad.infers(floats(None), floats(2), ints(None, None))


@pad.vjp
def _(g, out, x, paddings, mode, constant_values):
    if mode != "CONSTANT":
        return unmirror_like(g, paddings, x, mode=mode), None
    return slice_like(g, paddings[:, 0], x), None


@pad.guard("paddings that are negative, or more than there are elements to mirror")
def _(x, paddings, mode, constant_values):
    return None


def _drawn_paddings(draw, gen, shape, mode):
    most = [3 if mode == "CONSTANT" else n - (mode == "REFLECT") for n in shape]
    return tuple((draw(gen.integers(0, m)), draw(gen.integers(0, m))) for m in most)


@pad.cases
def _(draw, gen):
    x, mode = draw(gen.floats(min_dims=1)), draw(gen.sampled(MODES))
    value = draw(gen.integers(0, 1)) if mode == "CONSTANT" else 0
    return (x, _drawn_paddings(draw, gen, x.shape, mode)), {"mode": mode, "constant_values": value}


pad.point(
    [1.0, 2.0, 3.0],
    ((2, 1),),
    mode="REFLECT",
    value=[3.0, 2.0, 1.0, 2.0, 3.0, 2.0],
    gradients=([1.0, 3.0, 2.0], None),
    why="no edge repeated",
)
pad.point(
    [1.0, 2.0, 3.0],
    ((2, 1),),
    mode="SYMMETRIC",
    value=[2.0, 1.0, 1.0, 2.0, 3.0, 3.0],
    gradients=([2.0, 2.0, 2.0], None),
    why="edge repeated",
)


@op(dtypes=NUMBERS, apart=["like"], shapes=["paddings"], stops=["like"], may_view=True, tolerance=SUMS)
def unmirror_like(
    x: TensorLike, paddings: TensorLike, like: TensorLike, *, mode: str, name: str | None = None
) -> Tensor:
    """`x` without its margins, which are added where they were mirrored from: the transpose of a mirroring `pad`."""
    ...


@unmirror_like.type_rule
def _(x, paddings, like, mode):
    require_dims(x, padded_sizes(like, paddings, mode))
    return TensorType(like.shape, x.dtype)


unmirror_like.refuses("where a shape of (4,) is needed", floats(5), ((1, 1),), floats(2), mode="SYMMETRIC")
unmirror_like.infers(floats(2), floats(4), ((1, 1),), floats(2), mode="SYMMETRIC")


@unmirror_like.vjp
def _(g, out, x, paddings, like, mode):
    return pad(g, paddings, mode=mode), None, None


@unmirror_like.cases
def _(draw, gen):
    like, mode = draw(gen.floats(min_dims=1)), draw(gen.sampled(MODES[1:]))
    paddings = _drawn_paddings(draw, gen, like.shape, mode)
    x = draw(gen.floats(tuple(n + a + b for n, (a, b) in zip(like.shape, paddings))))
    return (x, paddings, like), {"mode": mode}
