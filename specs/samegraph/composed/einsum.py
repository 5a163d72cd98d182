"""Sums of products by the axes' letters: an equation is read, then applied as transpositions, matrix products and sums."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from ..graph import Tensor
from ..op import as_tensor
from ..registry import OPS
from ..scopes import name_scope
from ..types import require_shape

Labels = list[str]


def einsum(equation: str, *inputs: Any, name: str | None = None) -> Tensor:
    """The sum of the products of `inputs` over the letters that the output does not name (TF1: tf.einsum).

    "ij,jk->ik" is the matrix product. Without "->" the output has the letters that occur once, in order of the alphabet. A
    letter twice in one input means its diagonal; "..." stands for any axes, the same in every input, broadcast. ValueError
    for an equation that does not read so, and for sizes that do not fit it.
    """
    with name_scope(name, "einsum", list(inputs)) as scope:
        hint = next((as_tensor(x).dtype for x in inputs if hasattr(x, "dtype") and hasattr(x, "op")), None)
        tensors = [as_tensor(x, hint) for x in inputs]
        labels, out = parsed(equation, [t.type.rank for t in tensors])
        _check_sizes(equation, tensors, labels)
        terms = [_squeezed(t, ls, tensors, labels) for t, ls in zip(tensors, labels, strict=True)]
        terms = [_diagonal(t, ls) for t, ls in terms]
        made, left = _summed(*terms[0], _later(terms[1:], out))
        for i, term in enumerate(terms[1:], 1):
            later = _later(terms[i + 1 :], out)
            other, theirs = _summed(*term, {*left, *later})
            made, left = _product(*_summed(made, left, {*theirs, *later}), other, theirs, later)
        order = tuple(left.index(label) for label in out)
        return OPS["transpose"](made, perm=order, name=scope)


# Reading ----------------------------------------------------------------------------------------------------------------


def parsed(equation: str, ranks: Sequence[int]) -> tuple[list[Labels], Labels]:
    """A label for each axis of each input, and of the output; an axis under "..." is labelled by its place from the end."""
    text = equation.replace(" ", "")
    left, arrow, right = text.partition("->")
    parts = left.split(",")
    if len(parts) != len(ranks):
        raise ValueError(f"einsum: {equation!r} names {len(parts)} inputs, got {len(ranks)}")
    labels = [_labels(equation, part, rank) for part, rank in zip(parts, ranks, strict=True)]
    dots = sorted({label for ls in labels for label in ls if label.isdigit()}, key=int, reverse=True)
    letters = [label for ls in labels for label in ls if label.isalpha()]
    if not arrow:
        return labels, [*dots, *sorted(label for label in set(letters) if letters.count(label) == 1)]
    before, ellipsis, after = right.partition("...")
    _check_letters(equation, before + after)
    if len(set(before + after)) != len(before + after):
        raise ValueError(f"einsum: the output of {equation!r} names an axis twice")
    missing = set(before + after) - set(letters)
    if missing:
        raise ValueError(f"einsum: the output of {equation!r} names {sorted(missing)}, which no input has")
    return labels, [*before, *(dots if ellipsis else []), *after]


def _labels(equation: str, part: str, rank: int) -> Labels:
    before, ellipsis, after = part.partition("...")
    _check_letters(equation, before + after)
    extra = rank - len(before + after)
    if extra < 0 or (extra and not ellipsis):
        raise ValueError(
            f"einsum: {part!r} of {equation!r} names {len(before + after)} axes of an input of rank {rank}"
        )
    return [*before, *(str(i) for i in range(extra, 0, -1)), *after]


def _check_letters(equation: str, letters: str) -> None:
    if letters and not (letters.isalpha() and letters.isascii()):
        raise ValueError(f'einsum: {equation!r} holds something other than letters, ",", "->" and one "..." an input')


def _check_sizes(equation: str, tensors: list[Tensor], labels: list[Labels]) -> None:
    sizes: dict[str, int] = {}
    for t, ls in zip(tensors, labels, strict=True):
        for label, n in zip(ls, t.type.dims, strict=True):
            if n is None or (label.isdigit() and n == 1):
                continue
            known = sizes.setdefault(label, n)
            where = f"axis {label} from the end of the ..." if label.isdigit() else f"axis {label!r}"
            require_shape(known == n, f"einsum: {where} of {equation!r} has the sizes {known} and {n}")


# Applying ---------------------------------------------------------------------------------------------------------------


def _later(terms: Sequence[tuple[Tensor, Labels]], out: Labels) -> set[str]:
    return {*out, *(label for _, ls in terms for label in ls)}


def _squeezed(t: Tensor, ls: Labels, tensors: list[Tensor], labels: list[Labels]) -> tuple[Tensor, Labels]:
    """Without the axes under "..." of size 1 that another input has wider: those are broadcast."""
    wide = {
        label
        for other, theirs in zip(tensors, labels, strict=True)
        for label, n in zip(theirs, other.type.dims, strict=True)
        if label.isdigit() and n != 1
    }
    gone = tuple(i for i, label in enumerate(ls) if label in wide and t.type.dims[i] == 1)
    if not gone:
        return t, ls
    return OPS["squeeze"](t, axis=gone), [label for i, label in enumerate(ls) if i not in gone]


def _diagonal(t: Tensor, ls: Labels) -> tuple[Tensor, Labels]:
    """With each letter once: where it stands twice, the elements at which both indices are equal."""
    for label in dict.fromkeys(ls):
        while ls.count(label) > 1:
            first = ls.index(label)
            second = ls.index(label, first + 1)
            rest = [i for i in range(len(ls)) if i not in (first, second)]
            t = OPS["matrix_diag_part"](OPS["transpose"](t, perm=(*rest, first, second)))
            ls = [*(ls[i] for i in rest), label]
    return t, ls


def _summed(t: Tensor, ls: Labels, needed: set[str]) -> tuple[Tensor, Labels]:
    """Summed over the axes that are not needed any more."""
    axes = tuple(i for i, label in enumerate(ls) if label not in needed)
    return (OPS["reduce_sum"](t, axis=axes) if axes else t), [label for label in ls if label in needed]


def _product(a: Tensor, left: Labels, b: Tensor, right: Labels, needed: set[str]) -> tuple[Tensor, Labels]:
    """The matrix product over what both have and nobody needs later; what both have and somebody needs is its batch."""
    both = [label for label in left if label in right]
    batch = [label for label in both if label in needed]
    inner = [label for label in both if label not in needed]
    rows, columns = [label for label in left if label not in both], [label for label in right if label not in both]
    sizes = _sizes(a, left) | _sizes(b, right)
    x = _matrices(a, left, batch, rows, inner, sizes)
    y = _matrices(b, right, batch, inner, columns, sizes)
    product = OPS["matmul"](x, y)
    if len(rows) != 1 or len(columns) != 1:
        product = OPS["reshape"](product, [sizes[label] for label in (*batch, *rows, *columns)])
    return product, [*batch, *rows, *columns]


def _sizes(t: Tensor, ls: Labels) -> dict[str, Any]:
    return {
        label: OPS["shape"](t)[i] if n is None else n for i, (label, n) in enumerate(zip(ls, t.type.dims, strict=True))
    }


def _matrices(t: Tensor, ls: Labels, batch: Labels, first: Labels, second: Labels, sizes: dict[str, Any]) -> Tensor:
    """`t` as matrices whose rows are the axes `first` and whose columns are the axes `second`."""
    turned = OPS["transpose"](t, perm=tuple(ls.index(label) for label in (*batch, *first, *second)))
    if len(first) == len(second) == 1:
        return turned
    return OPS["reshape"](turned, [*(sizes[label] for label in batch), _count(first, sizes), _count(second, sizes)])


def _count(labels: Labels, sizes: dict[str, Any]) -> Any:
    total: Any = prod(sizes[label] for label in labels if isinstance(sizes[label], int))
    for label in labels:
        if not isinstance(sizes[label], int):
            total = sizes[label] * total
    return total
