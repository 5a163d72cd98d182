"""Structures of lists, tuples, named tuples and dicts: taken apart and put together (TF1: tf.contrib.framework.nest)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any


def is_nested(value: Any) -> bool:
    return isinstance(value, (list, tuple, dict))


def flatten(value: Any) -> list[Any]:
    """The leaves, those of a dict in the order of its sorted keys."""
    return [leaf for key in keys(value) for leaf in flatten(value[key])] if is_nested(value) else [value]


def pack(like: Any, leaves: Iterable[Any]) -> Any:
    """A structure like `like` that holds the first of `leaves`."""
    return _packed(like, iter(leaves))


def _packed(like: Any, leaves: Iterator[Any]) -> Any:
    if isinstance(like, dict):
        found = {key: _packed(like[key], leaves) for key in sorted(like)}
        return type(like)((key, found[key]) for key in like)
    if isinstance(like, (list, tuple)):
        items = [_packed(item, leaves) for item in like]
        return type(like)(*items) if hasattr(like, "_fields") else type(like)(items)
    return next(leaves)


def assert_same(first: Any, second: Any) -> None:
    """ValueError when two structures differ, TypeError when only the kinds of their sequences do."""
    if is_nested(first) != is_nested(second) or (is_nested(first) and keys(first) != keys(second)):
        raise ValueError(
            f"The two structures don't have the same nested structure.\n  first: {first!r}\n  second: {second!r}"
        )
    if is_nested(first):
        if type(first) is not type(second):
            raise TypeError(
                f"The two structures don't have the same sequence type: {type(first).__name__} and {type(second).__name__}"
            )
        for key in keys(first):
            assert_same(first[key], second[key])


def keys(value: Any) -> list[Any]:
    """By what the items of a structure are asked for, in the order of `flatten`."""
    return sorted(value) if isinstance(value, dict) else list(range(len(value)))
