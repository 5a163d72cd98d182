"""docs/sessions.md shows what sessions really run: `python -m tests.parity.test_documented_sources` writes it anew."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import samegraph.tf1 as tf

PAGE = Path(__file__).parents[2] / "docs" / "sessions.md"
PLACE = re.compile(r"SOURCE (\w+) (\w+)\n|```python\n# (\w+), (\w+)\n.*?```\n", re.DOTALL)
PROGRAM = re.compile(r"```python\n(import samegraph.*?)```", re.DOTALL)


def source(program: str, backend: str, route: str) -> str:
    """What a session of that backend and route makes of one training step."""
    with tf.Graph().as_default():
        names: dict[str, object] = {}
        exec(program, names)
        shapes = names["shapes"]
        assert isinstance(shapes, dict)
        feeds = {key: np.zeros(shape, key.dtype.as_numpy_dtype) for key, shape in shapes.items()}
        session = tf.Session(backend=backend, gradients=route)
        session.run(tf.global_variables_initializer())
        explained = session.explain([names["train"], names["loss"]], feeds)
    return f"```python\n# {backend}, {route}\n{explained.partition(chr(10) * 2)[2].strip()}\n```\n"


def parts(page: str) -> Iterator[tuple[str, str]]:
    """The page in pieces, as they stand and as they should."""
    program, at = "", 0
    for found in re.finditer(f"{PLACE.pattern}|{PROGRAM.pattern}", page, re.DOTALL):
        yield page[at : found.start()], page[at : found.start()]
        at, groups = found.end(), [g for g in found.groups() if g]
        if len(groups) == 1:
            program = groups[0]
            yield found[0], found[0]
        else:
            yield found[0], source(program, *groups)
    yield page[at:], page[at:]


def test_the_page_is_true() -> None:
    pieces = list(parts(PAGE.read_text(encoding="utf-8")))
    assert sum("def step(" in real for _, real in pieces) == 6
    for written, real in pieces:
        assert written == real


if __name__ == "__main__":
    PAGE.write_text("".join(real for _, real in parts(PAGE.read_text(encoding="utf-8"))), encoding="utf-8")
