"""What this example is there to show: how little a backend takes."""

from pathlib import Path

import samegraph_pytensor

OPS, LINES = 60, 250


def test_many_ops_in_few_lines() -> None:
    files = Path(samegraph_pytensor.__file__).parent.rglob("*.py")
    assert len(samegraph_pytensor.backend.kernels) >= OPS
    assert sum(len(f.read_text().splitlines()) for f in files) <= LINES


def test_nothing_is_both_there_and_lacking() -> None:
    backend = samegraph_pytensor.backend
    assert not backend.kernels.keys() & backend.lacks.keys()
