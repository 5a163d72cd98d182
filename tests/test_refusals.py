"""Every check in the ops' rules refuses something that a block names (see `Op.refuses`), or that is composed here."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import samegraph.ops
import samegraph.tf1 as tf
from samegraph.conformance.test_specs import test_what_is_refused as refuses
from samegraph.op import Op
from samegraph.registry import OPS
from samegraph.types import ShapeError

CHECKS = ("require_shape", "require_dtype", "require_dims", "require_indices")


def of(*shape: int | None) -> Any:
    return tf.placeholder(tf.float32, shape)


COMPOSED = {
    "vectors of two sizes": (lambda: tf.cross(of(3), of(2)), "of one shape [..., 3]"),
    "vectors of 4 elements": (lambda: tf.cross(of(4), of(4)), "of one shape [..., 3]"),
    "perhaps 4 elements": (lambda: tf.cross(of(None), of(4)), "of one shape [..., 3]"),
    "no shape twice over": (lambda: tf.diag_part(of(2, 3)), "one shape twice over"),
    "an odd rank": (lambda: tf.diag_part(of(2, 2, 2)), "one shape twice over"),
    "no axis": (lambda: tf.diag_part(of()), "one shape twice over"),
    "no step": (lambda: tf.range(0, 3, 0), "delta must not be 0"),
    "rows not known": (
        lambda: tf.nn.embedding_lookup([of(None, 2), of(2, 2)], [0], "div"),
        "the number of rows of every",
    ),
}


@pytest.mark.parametrize("what", COMPOSED)
def test_what_composed_functions_refuse(what: str) -> None:
    build, words = COMPOSED[what]
    with tf.Graph().as_default(), pytest.raises(ShapeError) as caught:
        build()
    assert words in str(caught.value)


def test_ids_are_integers() -> None:
    with tf.Graph().as_default(), pytest.raises(TypeError, match="indices must hold int32 or int64"):
        tf.nn.embedding_lookup(of(3, 2), of(2))


def modules() -> list[ModuleType]:
    return [importlib.import_module(m.name) for m in pkgutil.iter_modules(samegraph.ops.__path__, "samegraph.ops.")]


def checks_of(module: ModuleType) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CHECKS:
            yield node


def test_every_check_refuses_something(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line of a rule that no refusal reaches is a line that may be lost unseen."""
    refused: set[tuple[str, int]] = set()

    def noting(check: Callable[..., None]) -> Callable[..., None]:
        def checked(*arguments: Any) -> None:
            try:
                check(*arguments)
            except (TypeError, ValueError):
                caller = sys._getframe(1)
                refused.add((caller.f_code.co_filename, caller.f_lineno))
                raise

        return checked

    for module in modules():
        for name in CHECKS:
            if hasattr(module, name):
                monkeypatch.setattr(module, name, noting(getattr(module, name)))
    for op in [op for op in OPS.values() if isinstance(op, Op)]:
        with tf.Graph().as_default():
            refuses(op)
    for what in COMPOSED:
        test_what_composed_functions_refuse(what)
    test_ids_are_integers()
    unseen = [
        f"{Path(str(module.__file__)).name}:{call.lineno} {ast.unparse(call)[:80]}"
        for module in modules()
        for call in checks_of(module)
        if not any(f == module.__file__ and call.lineno <= n <= (call.end_lineno or n) for f, n in refused)
    ]
    assert not unseen, "no refusal reaches\n" + "\n".join(unseen)
