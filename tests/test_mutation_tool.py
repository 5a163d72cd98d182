"""The tool behind `tox -e mutation`: it plants what it says, in the running process, and takes it back."""

from __future__ import annotations

import itertools
import subprocess
import sys
from pathlib import Path
from types import ModuleType

from samegraph.types import ShapeError, broadcast, compatible, merge

from tests.mutation.operators import changed, mutants
from tests.mutation.running import ENDED_THE_PROCESS, Journal, functions_of, swapped

SOURCE = '''
def outer(x, y=1):
    """Says 3 < 4."""
    if x < 3 and y:
        raise ValueError(f"{x + 1}")
    inner = lambda a: -a
    return min(x, inner(y)), sorted([x, y], reverse=True)


class Holder:
    def method(self, items):
        items.append(7)
        return items[1:]

    def pairs(self, items):
        return [OPS["add"](a, b) for a, b in zip(items, items[2:], strict=False)]
'''


def loaded(folder: Path) -> tuple[Path, ModuleType]:
    path = folder / "source_of_mutants.py"
    path.write_text(SOURCE)
    module = ModuleType("source_of_mutants")
    exec(compile(SOURCE, str(path), "exec"), module.__dict__)
    return path, module


def test_the_mutants_of_a_file(tmp_path: Path) -> None:
    path, _ = loaded(tmp_path)
    found = [f"{m.function}: {m.what}" for m, _ in mutants(path)]
    assert found == [
        "outer: the condition is negated",
        "outer: And becomes Or",
        "outer: Lt becomes LtE",
        "outer: 3 becomes 4",
        "outer: without -",
        "outer: min becomes max",
        "outer: without the argument reverse",
        "outer: True becomes False",
        "Holder.method: without the statement `items.append(7)`",
        "Holder.method: 7 becomes 8",
        "Holder.method: a slice without its lower bound",
        "Holder.method: 1 becomes 2",
        "Holder.pairs: the two arguments are swapped",
        "Holder.pairs: a slice without its lower bound",
        "Holder.pairs: 2 becomes 3",
    ]


def test_a_mutant_changes_the_running_function_and_is_taken_back(tmp_path: Path) -> None:
    path, module = loaded(tmp_path)
    assert module.outer(5) == (-1, [5, 1])
    answers = {}
    for mutant, tree in mutants(path):
        live = functions_of([path])[str(path), mutant.first_line]
        with changed(mutant, tree) as code:
            assert code is not None
            with swapped(live, code):
                try:
                    answers[mutant.what] = module.outer(5), module.Holder().method([1, 2])
                except Exception as error:
                    answers[mutant.what] = error
    assert answers["min becomes max"] == ((5, [5, 1]), [2, 7])
    assert answers["without the argument reverse"] == ((-1, [1, 5]), [2, 7])
    assert answers["without the statement `items.append(7)`"] == ((-1, [5, 1]), [2])
    assert isinstance(answers["the condition is negated"], ValueError)
    assert (module.outer(5), module.Holder().method([1, 2])) == ((-1, [5, 1]), [2, 7])


def test_shapes_are_merged_and_broadcast_alike_in_either_order() -> None:
    """So swapping them changes nothing, and no mutant does; of shapes that do not fit, only the words change places."""
    shapes = [tuple(s) for rank in range(4) for s in itertools.product((None, 0, 1, 2), repeat=rank)]
    for a, b in itertools.product(shapes, repeat=2):
        assert compatible(a, b) == compatible(b, a)
        if compatible(a, b):
            assert merge(a, b) == merge(b, a) and merge(a, None) == merge(None, a) == a
        found = []
        for pair in ((a, b), (b, a)):
            try:
                found.append(broadcast(*pair))
            except ShapeError:
                found.append(None)
        assert found[0] == found[1], (a, b)


def test_a_mutant_that_ends_the_process_is_caught_and_nothing_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    code = """
import os, sys
from pathlib import Path
from tests.mutation.running import Journal
journal = Journal(Path(sys.argv[1]))
print([journal.killer("one", lambda: "a test"), journal.killer("two", os.abort), journal.killer("three", lambda: None)])
"""
    command = [sys.executable, "-c", code, str(path)]
    assert subprocess.run(command, capture_output=True).returncode < 0
    again = subprocess.run(command, capture_output=True, text=True)
    assert again.stdout == f"['a test', '{ENDED_THE_PROCESS}', None]\n", again.stderr
    assert Journal(path).killer("three", lambda: "another") is None


def test_a_real_run(tmp_path: Path) -> None:
    """Twelve mutants of NumPy's kernels against the tests of three ops: some are caught, none outlives the run."""
    command = [
        sys.executable,
        "-m",
        "tests.mutation",
        "numpy",
        "--sample",
        "12",
        "-k",
        "cumsum or reduce_mean or gather-",
    ]
    done = subprocess.run([*command, "--least", "0", "--out", str(tmp_path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "of 12 caught" in done.stdout and (tmp_path / "numpy.json").exists()
