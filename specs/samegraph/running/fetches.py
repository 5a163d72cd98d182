"""What is asked of a run: the tensors and operations in a structure, and how their values are put back into it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

from ..graph import Graph, Operation, Tensor

Rebuild = Callable[[Sequence[Any]], Any]


def parse(graph: Graph, fetches: Any) -> tuple[list[Tensor | Operation], Rebuild]:
    """The elements of a structure, and what makes the structure of one value each: `list` and `tuple` of flat ones.

    Raises TypeError and ValueError for what cannot be fetched.
    """
    elements: list[Tensor | Operation] = []
    return elements, _parse(graph, fetches, elements, whole=True)


def _parse(graph: Graph, fetches: Any, elements: list[Tensor | Operation], whole: bool = False) -> Rebuild:
    if fetches is None:
        raise TypeError("Fetch argument None has invalid type <class 'NoneType'>")
    if isinstance(fetches, dict):
        parts = {k: _parse(graph, v, elements) for k, v in fetches.items()}
        kind_of_dict = type(fetches)
        return lambda values: kind_of_dict((k, p(values)) for k, p in parts.items())
    if isinstance(fetches, (list, tuple)):
        return _parse_sequence(graph, fetches, elements, whole)
    if hasattr(fetches, "indices") and hasattr(fetches, "values") and not isinstance(fetches, Tensor):
        v, i = (_parse(graph, x, elements) for x in (fetches.values, fetches.indices))
        kind_of, like = type(fetches), fetches.like
        return lambda values: kind_of(v(values), i(values), like=like)
    elements.append(_element(graph, fetches))
    return itemgetter(len(elements) - 1)


def _parse_sequence(
    graph: Graph, fetches: list[Any] | tuple[Any, ...], elements: list[Tensor | Operation], whole: bool
) -> Rebuild:
    items = [_parse(graph, v, elements) for v in fetches]
    if hasattr(fetches, "_fields"):
        named: Any = type(fetches)
        return lambda values: named(*(p(values) for p in items))
    kind = type(fetches) if type(fetches) in (list, tuple) else list
    if whole and all(isinstance(p, itemgetter) for p in items):
        return kind
    return lambda values: kind(p(values) for p in items)


def _element(graph: Graph, fetch: Any) -> Tensor | Operation:
    try:
        element = graph.as_graph_element(fetch)
    except (TypeError, ValueError, KeyError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(f"Fetch argument {fetch!r} cannot be interpreted as a Tensor. ({error.args[0]})") from None
    if (element.op if isinstance(element, Tensor) else element).block is not None:
        raise ValueError(
            f"{element.name} lies inside a cond or loop and cannot be fetched; return it from the branch or body and fetch what "
            f"the construct answers\n  {fetch!r}"
        )
    return element


def key_of(fetches: Any) -> tuple[Any, ...] | None:
    """What tells these fetches from all others; None where something in them is equal to more than itself or its name.

    Of one element (the element,), of a flat list or tuple (its type, its elements, ...).
    """
    kind = type(fetches)
    if isinstance(fetches, (dict, list, tuple)):
        told = _told(fetches)
        flat = told is not None and (kind is list or kind is tuple) and not any(type(t) is tuple for t in told)
        return told if flat or told is None else (told,)
    told = _told(fetches)
    return None if told is None else (told,)


def _told(fetches: Any) -> Any:
    kind: Any = type(fetches)
    if isinstance(fetches, dict):
        parts = [_told(v) for v in fetches.values()]
        # 1.0 and True are equal to 1, and an answer has the keys it was asked with
        whole = None not in parts and all(type(k) is int or _is_plain(k) for k in fetches)
        return (kind, *fetches, *parts) if whole else None
    if isinstance(fetches, (list, tuple)):
        parts = [_told(v) for v in fetches]
        return (kind, *parts) if None not in parts else None
    if hasattr(fetches, "indices") and hasattr(fetches, "values") and not isinstance(fetches, Tensor):
        parts = [_told(v) for v in (fetches.values, fetches.indices)]
        return (kind, *parts, fetches.like) if None not in parts else None
    return fetches if _is_plain(fetches) else None


def _is_plain(fetch: Any) -> bool:
    kind: Any = type(fetch)
    return kind is str or kind.__eq__ is object.__eq__
