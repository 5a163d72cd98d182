"""Structures of lists, tuples, named tuples and dicts: taken apart and put together (TF1: tf.contrib.framework.nest)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any


def is_nested(value: Any) -> bool:
    return isinstance(value, (list, tuple, dict))


def flatten(value: Any) -> list[Any]:
    """The leaves, those of a dict in the order of its sorted keys."""
    if isinstance(value, dict):
        return [leaf for key in sorted(value) for leaf in flatten(value[key])]
    if isinstance(value, (list, tuple)):
        return [leaf for item in value for leaf in flatten(item)]
    return [value]


def pack(like: Any, leaves: Iterable[Any]) -> Any:
    """A structure like `like` that holds `leaves`."""
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
    if is_nested(first) != is_nested(second) or (is_nested(first) and _keys(first) != _keys(second)):
        raise ValueError(
            f"The two structures don't have the same nested structure.\n  first: {first!r}\n  second: {second!r}"
        )
    if is_nested(first):
        if type(first) is not type(second):
            raise TypeError(
                f"The two structures don't have the same sequence type: {type(first).__name__} and {type(second).__name__}"
            )
        for key in _keys(first):
            assert_same(first[key], second[key])


def _keys(value: Any) -> list[Any]:
    return sorted(value) if isinstance(value, dict) else list(range(len(value)))
