"""Which ops' kernels a function serves: the tests of those ops are asked first, and mostly notice, before all others are tried."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

Place = tuple[str, int]
"""A function: its file and first line."""
_DEPTH = 3  # of objects around a function: jax.custom_jvp, a class of rules


def place_of(function: FunctionType) -> Place:
    return function.__code__.co_filename, function.__code__.co_firstlineno


def served(kernels: Mapping[str, Callable[..., Any]], paths: list[Path]) -> dict[Place, set[str]]:
    """By function of those files, the ops whose kernels call it, directly or through others of those files."""
    names = {str(p) for p in paths}
    found: dict[Place, set[str]] = {}
    for op, kernel in kernels.items():
        todo, seen = list(_functions_in(kernel, names)), set()
        while todo:
            function = todo.pop()
            if place_of(function) in seen:
                continue
            seen.add(place_of(function))
            for name in _names(function.__code__):
                todo += _functions_in(function.__globals__.get(name), names)
        for place in seen:
            found.setdefault(place, set()).add(op)
    return found


def ruled(ops: Mapping[str, Any], paths: list[Path]) -> dict[Place, set[str]]:
    """By function of those files, the ops whose type rule, gradient rule or guard it is, or calls it beside them."""
    names = {str(p) for p in paths}
    found: dict[Place, set[str]] = {}
    for name, op in ops.items():
        todo = [getattr(op, part, None) for part in ("rule", "gradient", "check")]
        while todo:
            function = todo.pop()
            if not isinstance(function, FunctionType) or function.__code__.co_filename not in names:
                continue
            serves = found.setdefault(place_of(function), set())
            if name not in serves:
                serves.add(name)
                todo += [function.__globals__.get(n) for n in _names(function.__code__)]
    return found


def with_callers(near: Mapping[Place, set[str]], ops: Mapping[str, Any]) -> dict[Place, list[str]]:
    """Behind those ops the ones whose gradient rules are made of them: a kernel that only rules call is tried by their tests."""
    called_by: dict[str, set[str]] = {}
    for name, op in ops.items():
        for called in _ops_in(op.gradient) if getattr(op, "gradient", None) is not None else ():
            called_by.setdefault(called, set()).add(name)
    found = {}
    for place, served_ops in near.items():
        callers = set().union(*(called_by.get(op, set()) for op in served_ops)) - served_ops
        found[place] = [*sorted(served_ops), *sorted(callers)]
    return found


def _ops_in(rule: FunctionType, depth: int = 2) -> Iterator[str]:
    """The names of the ops that a rule calls, itself or through functions beside it."""
    for name in _names(rule.__code__):
        value = rule.__globals__.get(name)
        if hasattr(value, "gradient"):
            yield value.name
        elif isinstance(value, FunctionType) and depth:
            yield from _ops_in(value, depth - 1)


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _names(inner)


def _functions_in(value: Any, names: set[str], depth: int = _DEPTH) -> Iterator[FunctionType]:
    """`value`, if it is a function of those files, or what it is made of."""
    if isinstance(value, FunctionType):
        if value.__code__.co_filename in names:
            yield value
        value = getattr(value, "__wrapped__", None)
    if isinstance(value, staticmethod):
        value = value.__func__
        yield from _functions_in(value, names, depth)
    elif value is not None and depth and not isinstance(value, (str, int, float, tuple, FunctionType)):
        for inner in gc.get_referents(value):
            if isinstance(inner, (FunctionType, staticmethod, dict)) or inner is getattr(value, "__dict__", None):
                yield from _functions_in(inner, names, depth - 1)
