"""The benchmarks: what is timed computes what it should, turns are taken in order, intervals hold, and files are right."""

from __future__ import annotations

import dataclasses
import importlib
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import machine, output
from benchmarks.timing import FEWEST_BLOCKS, FIRST_STEPS, Interval, Plan, Timing, difference, in_turn, ratio

ROOT = Path(__file__).parents[1]
PLAN = Plan(blocks=9, seconds=8.0, lead=3.0, limit=1e9)


class Clock:
    """A clock that only steps move. slow: by how much the machine is slowed down at a given time."""

    def __init__(self, slow: Callable[[float], float] = lambda now: 1.0) -> None:
        self.now, self.slow = 0.0, slow
        self.log: list[tuple[str, int]] = []

    def __call__(self) -> float:
        return self.now

    def candidate(self, name: str, seconds: float, first: float = 0.0) -> Callable[[int], None]:
        """Steps of so many seconds; the first one, which compiles, takes `first` more."""
        extra = [first]

        def block(count: int) -> None:
            self.log.append((name, count))
            self.now += (count * seconds + extra.pop() if extra else count * seconds) * self.slow(self.now)

        return block


def test_candidates_take_turns() -> None:
    clock = Clock()
    found, failed = in_turn({n: clock.candidate(n, float(s)) for n, s in zip("ABC", (1, 2, 4))}, PLAN, clock=clock)
    assert not failed
    one_round = [("A", 3), ("A", 8), ("B", 1), ("B", 4), ("C", 0), ("C", 2)]
    assert clock.log[-len(one_round) * PLAN.blocks :] == one_round * PLAN.blocks
    assert [len(t.samples) for t in found.values()] == [PLAN.blocks] * 3
    assert all(set(names) == {name} for name, names in _by_candidate(clock.log[: -len(one_round) * PLAN.blocks]))


def _by_candidate(log: list[tuple[str, int]]) -> Iterator[tuple[str, list[str]]]:
    """Stretches of warming up; each candidate has one."""
    names = [name for name, _ in log]
    for name in "ABC":
        at = [i for i, n in enumerate(names) if n == name]
        yield name, names[at[0] : at[-1] + 1]


def test_compiling_and_warming_up_are_in_no_sample() -> None:
    clock = Clock()
    found, _ = in_turn({"A": clock.candidate("A", 1.0, first=5000.0)}, PLAN, clock=clock)
    timing = found["A"]
    assert timing.first == pytest.approx(5001.0)
    assert timing.warm_up > timing.first
    assert timing.samples == pytest.approx([1.0] * PLAN.blocks)
    assert clock.log[:2] == [("A", 1), ("A", FIRST_STEPS - 1)]


@pytest.mark.parametrize(("seconds", "multiple", "steps"), [(1.0, 64, 64), (0.125, 48, 96), (64.0, 1, 1), (64.0, 3, 3)])
def test_a_block_holds_a_multiple(seconds: float, multiple: int, steps: int) -> None:
    clock = Clock()
    found, _ = in_turn({"A": clock.candidate("A", seconds)}, PLAN, multiple, clock)
    assert found["A"].steps == steps


def test_a_limit_ends_the_rounds_but_not_too_early() -> None:
    for limit, blocks in ((0.0, FEWEST_BLOCKS), (1e9, 50)):
        clock = Clock()
        plan = dataclasses.replace(PLAN, blocks=50, limit=limit)
        found, _ = in_turn({n: clock.candidate(n, 1.0) for n in "AB"}, plan, clock=clock)
        assert [len(t.samples) for t in found.values()] == [blocks, blocks]


@pytest.mark.parametrize("after", [0, 40])
def test_what_fails_is_left_out_and_the_others_go_on(after: int) -> None:
    clock, steps = Clock(), [0]

    def breaks(count: int) -> None:
        steps[0] += count
        clock.now += count
        if steps[0] > after:
            raise FloatingPointError("a step broke")

    found, failed = in_turn({"A": breaks, "B": clock.candidate("B", 1.0)}, PLAN, clock=clock)
    assert list(found) == ["B"]
    assert len(found["B"].samples) == PLAN.blocks
    assert str(failed["A"]) == "a step broke"


def test_a_slowing_machine_moves_times_and_not_ratios() -> None:
    clock = Clock(slow=lambda now: 1 + now / 500)
    found, _ = in_turn({n: clock.candidate(n, s) for n, s in (("A", 1.0), ("B", 2.0))}, PLAN, clock=clock)
    low, high = min(found["A"].samples), max(found["A"].samples)
    assert high > 1.2 * low
    assert ratio(found["B"].samples, found["A"].samples).median == pytest.approx(2.0, rel=0.05)


def test_median_and_quartiles() -> None:
    timing = Timing(1, 1, 0.0, 0.0, [5.0, 1.0, 2.0, 4.0, 3.0])
    assert (timing.median, timing.quartiles) == (3.0, (2.0, 4.0))


def test_an_interval_of_constants_is_a_point() -> None:
    assert ratio([3.0] * 9, [2.0] * 9) == Interval(1.5, 1.5, 1.5)
    assert difference([3.0] * 9, [2.0] * 9) == Interval(1.0, 1.0, 1.0)


def test_an_interval_holds_the_ratio_nineteen_times_in_twenty() -> None:
    rng = np.random.default_rng(5)
    inside = 0
    for trial in range(300):
        common = rng.lognormal(0, 0.3, 41)
        a, b = (scale * common * rng.lognormal(0, 0.1, 41) for scale in (1.3, 1.0))
        found = ratio(a.tolist(), b.tolist(), seed=trial)
        assert found.low <= found.median <= found.high
        inside += found.low <= 1.3 <= found.high
    # 95 % of 300 is 285, with a deviation of 4; a bootstrap of medians is known to be a little too careful.
    assert 270 <= inside <= 300


def test_rounds_are_resampled_together_and_seeded() -> None:
    rng = np.random.default_rng(6)
    common = rng.lognormal(0, 0.5, 41)
    a, b = 2 * common, common.copy()
    assert ratio(a.tolist(), b.tolist()) == Interval(2.0, 2.0, 2.0)
    rng.shuffle(b)
    apart = ratio(a.tolist(), b.tolist())
    assert apart.high > 1.2 * apart.low
    assert apart == ratio(a.tolist(), b.tolist())
    assert apart != ratio(a.tolist(), b.tolist(), seed=1)


@pytest.mark.parametrize(("ours", "theirs"), [([], []), ([1.0], []), ([1.0], [1.0, 2.0])])
def test_samples_that_are_no_pairs_are_refused(ours: list[float], theirs: list[float]) -> None:
    with pytest.raises(ValueError, match="come in pairs"):
        ratio(ours, theirs)


def test_nothing_that_names_a_person_is_written() -> None:
    assert output.without_folders("OSError: '/home/me/x/data.py' in C:\\Users\\me\\x.py, 3/4 done") == (
        "OSError: 'data.py' in x.py, 3/4 done"
    )
    assert set(machine.without_names({"node": "host", "release": "6.1", "machine": "x86_64"})) == {"machine"}


# What is timed ------------------------------------------------------------------------------------------------------------

PROGRAMS = ("linear_regression", "softmax_regression", "word2vec")
NEEDS = {"numpy": "numpy", "tensorflow": "tensorflow", "torch": "torch", "jax": "optax"}


@cache
def data(program: str) -> Any:
    pytest.importorskip("sklearn")
    pytest.importorskip("gensim")
    from benchmarks.trainings import prepare

    return prepare(program)


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("backend", NEEDS)
def test_every_column_computes_the_same_numbers(program: str, backend: str) -> None:
    pytest.importorskip(NEEDS[backend])
    from benchmarks.test_steps import COLUMNS
    from benchmarks.trainings import NotHere, make

    shared, values = data(program), {}
    for column in [c for b, c in COLUMNS if b == backend]:
        try:
            training = make(shared, backend, column, "cpu")
        except NotHere as why:
            assert (backend, column, str(why)) == ("numpy", "native", "numpy has no autodiff of its own")
            continue
        for _ in range(3):
            training(2)
        training.check(shared)
        values[column] = training.losses, training.parameters()
        training.close()
    (losses, parameters), *others = values.values()
    assert others
    for other_losses, other_parameters in others:
        np.testing.assert_allclose(other_losses, losses, rtol=1e-4)
        for name, value in parameters.items():
            np.testing.assert_allclose(other_parameters[name], value, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("backend", NEEDS)
def test_the_bare_step_computes_the_same_numbers(backend: str) -> None:
    pytest.importorskip(NEEDS[backend])
    from benchmarks.test_session_overhead import Bare

    shared = data("linear_regression")
    for ready in (False, True):
        bare = Bare(shared, backend, "cpu", ready)
        bare(6)
        bare.check(shared)


@pytest.mark.parametrize("name", ["linear_regression", "chain of 2,000 ops"])
def test_both_graphs_that_are_built_compute_the_same(name: str) -> None:
    tensorflow = pytest.importorskip("tensorflow")
    import samegraph.tf1 as tf

    from benchmarks import test_construction as construction

    ours, theirs = (construction.Building(t, construction.GRAPHS[name]) for t in (tf, tensorflow.compat.v1))
    construction.check(name, ours, theirs)
    counts = []
    for building in (ours, theirs):
        with building.tf.Graph().as_default() as graph:
            building.build(building.tf)
        counts.append(len(graph.get_operations()))
    if name.startswith("chain"):
        assert counts[0] == counts[1] == construction.CHAIN + 2


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        (lambda t: t.losses.__setitem__(1, t.losses[1] * 1.01), "NumPy has"),
        (lambda t: t.losses.append(float("nan")), "loss 6 is not finite"),
        (lambda t: setattr(t, "parameters", lambda: data("linear_regression").initial), "weights has not moved"),
        (lambda t: setattr(t, "parameters", lambda: {"weights": np.array([np.inf])}), "weights is not finite"),
    ],
)
def test_a_broken_step_counts_nothing(break_it: Callable[[Any], None], message: str) -> None:
    shared = data("linear_regression")
    from benchmarks.trainings import make

    training = make(shared, "numpy", "rules", "cpu")
    training(6)
    training.check(shared)
    break_it(training)
    with pytest.raises(AssertionError, match=message):
        training.check(shared)


# Whole runs ---------------------------------------------------------------------------------------------------------------


def run(folder: Path, *options: str) -> tuple[subprocess.CompletedProcess[str], dict[str, Any]]:
    """The benchmarks in a process of their own, in the quick tier, and the file they wrote."""
    for needed in ("pytest_benchmark", "sklearn", "gensim"):
        if importlib.util.find_spec(needed) is None:
            pytest.skip(f"{needed} is not installed")
    path = folder / "bench.json"
    command = [sys.executable, "-m", "pytest", "benchmarks", "-q", "-p", "no:cacheprovider", "--bench-quick"]
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(
        [*command, f"--benchmark-json={path}", *options], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    return done, json.loads(path.read_text()) if path.exists() else {}


def test_a_quick_run_writes_what_the_report_reads(tmp_path: Path) -> None:
    pytest.importorskip("tensorflow")
    chosen = "construction and linear or session_overhead and numpy or test_step and linear"
    done, written = run(tmp_path, "-k", chosen)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "NOT RUN" in done.stdout
    found = {tuple(e["extra_info"][k] for k in ("question", "backend", "column")): e for e in written["benchmarks"]}
    assert ("step", "numpy", "rules") in found
    assert ("step", "tensorflow", "tf1-session") in found
    assert ("test_step[linear_regression-numpy-native]", "numpy has no autodiff of its own") in {
        (row["name"], row["reason"]) for row in written["not_run"]
    }
    for (question, backend, _), entry in found.items():
        _check_entry(entry, found, question, backend)
    assert written["machine_info"]["threads"]["asked for"] == 1
    assert not {"node", "release", "python_build"} & set(written["machine_info"])
    assert str(ROOT) not in json.dumps(written)
    _check_report(tmp_path, len(found))


def _check_entry(entry: dict[str, Any], found: dict[Any, Any], question: str, backend: str) -> None:
    """Samples are those that were measured: the ratios say so, for they were computed before pytest-benchmark saw any."""
    extra, stats = entry["extra_info"], entry["stats"]
    assert (extra["device"], extra["tier"], extra["threads"]) == ("cpu", "quick", 1)
    assert 0 < stats["q1"] <= stats["median"] <= stats["q3"] < 10
    assert stats["rounds"] == len(stats["data"]) >= FEWEST_BLOCKS
    others = {
        "idiom": ("step", backend, "tf1-session" if backend == "tensorflow" else "idiom"),
        "tf1-session": (question, "tensorflow", "tf1-session"),
        "bare step": (question, backend, "bare step"),
    }
    assert extra["ratio_to"]
    for name, interval in extra["ratio_to"].items():
        assert interval["median"] == pytest.approx(stats["median"] / found[others[name]]["stats"]["median"], rel=1e-9)
        assert interval["low"] <= interval["median"] <= interval["high"]


def _check_report(folder: Path, count: int) -> None:
    pytest.importorskip("jinja2")
    from samegraph_reports import benchmarks, build
    from samegraph_reports.source import Source

    source = Source(folder)
    timings = benchmarks.read(source)
    assert timings is not None
    assert (len(timings.benchmarks), source.problems) == (count, [])
    page = build(folder).html.read_text()
    for words in (
        "Session overhead",
        "Construction",
        "linear regression: time against the hand-written idiom",
        "numpy rules",
        "tensorflow tf1-session",
        "has no autodiff",
    ):
        assert words in page


def test_without_a_gpu_every_row_says_so(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    done, written = run(tmp_path, "-k", "overhead and torch or construction", "--bench-device=gpu")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "7 NOT RUN" in done.stdout
    assert written["benchmarks"] == []
    assert "torch finds no GPU on this machine; present: cpu" in {row["reason"] for row in written["not_run"]}
    assert len(written["not_run"]) == 7
    assert "node" not in written["machine_info"]
