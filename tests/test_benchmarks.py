"""The benchmarks: what is timed computes what it should, turns are taken in order, intervals hold, and files are right."""

from __future__ import annotations

import dataclasses
import importlib
import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest

from benchmarks import machine, output, processes, timing
from benchmarks.timing import FIRST_STEPS, QUICK, Interval, Plan, Timing, in_turn, ratio

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
    found, failed = in_turn({n: clock.candidate(n, float(s)) for n, s in zip("ABCD", (1, 2, 4, 16))}, PLAN, clock=clock)
    assert not failed
    # a turn begins with a step at least that is not timed, unless one fills more than a block
    one_round = [("A", 3), ("A", 8), ("B", 2), ("B", 4), ("C", 1), ("C", 2), ("D", 1)]
    assert clock.log[-len(one_round) * PLAN.blocks :] == one_round * PLAN.blocks
    assert [len(t.samples) for t in found.values()] == [PLAN.blocks] * 4
    assert all(set(names) == {name} for name, names in _by_candidate(clock.log[: -len(one_round) * PLAN.blocks]))


def _by_candidate(log: list[tuple[str, int]]) -> Iterator[tuple[str, list[str]]]:
    """Stretches of warming up; each candidate has one."""
    names = [name for name, _ in log]
    for name in "ABCD":
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
    for limit, blocks in ((0.0, PLAN.fewest), (1e9, 50)):
        clock = Clock()
        plan = dataclasses.replace(PLAN, blocks=50, limit=limit)
        found, _ = in_turn({n: clock.candidate(n, 1.0) for n in "AB"}, plan, clock=clock)
        assert [len(t.samples) for t in found.values()] == [blocks, blocks]


def test_what_is_new_each_time_is_not_repeated_to_fill_a_block() -> None:
    clock = Clock()
    plan = dataclasses.replace(PLAN, blocks=3, seconds=0.0)
    found, _ = in_turn({n: clock.candidate(n, 0.001) for n in "AB"}, plan, clock=clock)
    assert clock.log == [("A", 1), ("B", 1)] * 4
    assert [len(t.samples) for t in found.values()] == [3, 3]


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


# Intervals of several processes ---------------------------------------------------------------------------------------------

BETWEEN, WITHIN = 0.03, 0.02
"""What processes differ by in `taken`, and what the rounds of one tell, in logarithms."""


def taken(
    seed: int, count: int = 2, rows: int = 200, between: float = BETWEEN, slowed: float = 1.0, within: float = WITHIN
) -> list[dict[str, Any]]:
    """The entries of a run of so many processes, settled. The ratio is 2; that of the first row is `slowed` times that."""
    rng, entries = np.random.default_rng(seed), []
    for row in range(rows):
        told = []
        for _ in range(count):
            median = 2 * (slowed if row == 0 else 1.0) * np.exp(rng.normal(0, between) + rng.normal(0, within))
            low, high = (median * np.exp(by * 1.96 * within) for by in (-1, 1))
            told.append({"idiom": {"median": median, "low": low, "high": high}})
        extra = {"ratio_to": dict(told[-1]), "processes": told, "adds_to": "idiom"}
        entries.append({"extra_info": extra, "stats": {"median": 10e-6}})
    processes.settle(entries)
    return entries


def intervals(entries: list[dict[str, Any]]) -> list[dict[str, float]]:
    return [entry["extra_info"]["ratio_to"]["idiom"] for entry in entries]


@pytest.mark.parametrize("count", [2, 3, 5])
@pytest.mark.parametrize("between", [0.0, BETWEEN, 0.1])
def test_an_interval_of_several_processes_holds_nineteen_times_in_twenty(count: int, between: float) -> None:
    found = [i for seed in range(5) for i in intervals(taken(seed, count, between=between))]
    assert all(i["low"] < i["median"] < i["high"] for i in found)
    assert np.mean([i["low"] <= 2 <= i["high"] for i in found]) == pytest.approx(0.95, abs=0.025)


def test_what_processes_differ_by_widens_intervals_and_more_processes_narrow_them() -> None:
    def width(**given: Any) -> float:
        return float(np.median([np.log(i["high"] / i["low"]) for i in intervals(taken(1, **given))]))

    alone = 2 * 1.96 * WITHIN
    assert width(count=1) == pytest.approx(alone), "of one process there is nothing to know it by"
    assert width(between=0.0) == pytest.approx(alone / np.sqrt(2), rel=0.15)
    assert width() == pytest.approx(alone / np.sqrt(2) * np.hypot(BETWEEN, WITHIN) / WITHIN, rel=0.15)
    assert width(count=8) == pytest.approx(width() / 2, rel=0.2)


def test_one_process_alone_misses_what_another_says() -> None:
    """Why a run is several: the rounds of one tell nothing of the next."""
    found = intervals(taken(3, count=1))
    assert np.mean([i["low"] <= 2 <= i["high"] for i in found]) < 0.8


def test_rows_that_vary_much_within_a_process_do_not_say_what_processes_differ_by() -> None:
    calm, wild = taken(1, between=0.0, rows=100), taken(2, between=0.0, rows=100, within=0.3)
    widths = [np.log(i["high"] / i["low"]) for i in intervals(calm)]
    processes.settle([*calm, *wild])
    assert [np.log(i["high"] / i["low"]) for i in intervals(calm)] == pytest.approx(widths, rel=0.3)


def test_what_is_added_goes_with_the_ratio() -> None:
    (entry,) = taken(1, rows=1)
    ratio, adds = entry["extra_info"]["ratio_to"]["idiom"], entry["extra_info"]["adds_seconds"]
    assert adds == {name: pytest.approx(10e-6 * (1 - 1 / value)) for name, value in ratio.items()}
    assert 0 < adds["low"] < adds["median"] < adds["high"] < 10e-6


def test_a_control_stays_its_own_measure() -> None:
    one = {"median": 1.0, "low": 1.0, "high": 1.0}
    entries = taken(1, rows=3)
    entries[0]["extra_info"].update(ratio_to={"idiom": one}, processes=[{"idiom": one}] * 2)
    processes.settle(entries)
    assert intervals(entries)[0] == one


def test_nothing_that_names_a_person_is_written() -> None:
    assert output.without_folders("OSError: '/home/me/x/data.py' in C:\\Users\\me\\x.py, 3/4 done") == (
        "OSError: 'data.py' in x.py, 3/4 done"
    )
    assert set(machine.without_names({"node": "host", "release": "6.1", "machine": "x86_64"})) == {"machine"}


@pytest.mark.parametrize(
    ("ticks", "average", "load"),
    [
        ([(1000, 5000), (1100, 5100)], (9.0, 0, 0), 2.0),
        ([(1000, 5000), (1000, 5200)], (9.0, 0, 0), 0.0),
        ([(1000, 5000), (1000, 5000)], (1.25, 0, 0), 1.2),
        ([], (1.25, 0, 0), 1.2),
        ([], None, None),
    ],
    ids=["half busy", "idle", "no time", "no such file", "nothing known"],
)
def test_others_are_those_who_compute_now(
    ticks: list[tuple[int, int]], average: Any, load: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last minute, of the main job, is that job's own."""

    def known(found: Any) -> Any:
        if found is None:
            raise OSError("not here")
        return found

    left = iter(ticks)
    monkeypatch.setattr(machine, "_ticks", lambda: known(next(left, None)))
    monkeypatch.setattr(machine.os, "getloadavg", lambda: known(average), raising=False)
    monkeypatch.setattr(machine.os, "cpu_count", lambda: 4)
    monkeypatch.setattr(machine, "_WATCHED", 0.0)
    assert machine.load() == load


@pytest.mark.skipif(not Path("/proc/stat").exists(), reason="only Linux tells by /proc/stat what cores do")
def test_a_core_kept_busy_is_seen() -> None:
    before = machine._ticks()
    until = time.process_time() + 0.3
    while time.process_time() < until:
        pass
    busy, _ = (now - then for now, then in zip(machine._ticks(), before, strict=True))
    assert busy >= 20  # of 30 hundredths of a second


# What is timed ------------------------------------------------------------------------------------------------------------

PROGRAMS = ("linear_regression", "softmax_regression", "mlp", "cnn", "word2vec")
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
    from benchmarks.races import NotHere
    from benchmarks.test_steps import columns
    from benchmarks.trainings import make

    shared, values = data(program), {}
    for column in [c for b, c in columns(program) if b == backend]:
        try:
            training = make(shared, backend, column, "cpu")
        except NotHere as why:
            assert (backend, column, str(why)) == ("numpy", "native", "numpy has no autodiff of its own")
            continue
        for _ in range(3):
            training(2)
        training.check()
        assert training.facts().get("compilations", 0) <= 1
        own = getattr(training, "training", training)
        values[column] = own.losses, own.parameters()
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
        bare.check()


@pytest.mark.parametrize("name", ["linear_regression", "1,000 ops"])
def test_both_graphs_that_are_built_compute_the_same(name: str) -> None:
    tensorflow = pytest.importorskip("tensorflow")
    import samegraph.tf1 as tf

    from benchmarks.test_construction import Building

    ours, theirs = Building(tf, name), Building(tensorflow.compat.v1, name)
    for building in (ours, theirs):
        building.check()
    np.testing.assert_allclose(ours.runs(), theirs.runs(), rtol=1e-4, atol=1e-6)
    counts = []
    for building in (ours, theirs):
        with building.tf.Graph().as_default() as graph:
            building.build(building.tf)
        counts.append(len(graph.get_operations()))
    if name != "linear_regression":
        assert counts[0] == counts[1] == 1_000 + 2


@pytest.mark.parametrize("backend", NEEDS)
def test_feeding_checkpoints_and_small_fetches_compute_what_they_should(backend: str, tmp_path: Path) -> None:
    pytest.importorskip(NEEDS[backend])
    from benchmarks import test_checkpoints as checkpoints
    from benchmarks import test_feeding as feeding
    from benchmarks import test_large_graphs as large_graphs
    from benchmarks.races import SESSION

    shared, values = feeding.Data(4), checkpoints.tables(10)
    columns = (feeding.FED, feeding.RESIDENT, *[f"{SESSION}, {feeding.FED}"][: backend == "tensorflow"])
    works = [feeding.in_session(shared, backend, column, "cpu") for column in columns]
    works.append(feeding.by_hand(shared, backend, "cpu"))
    for verb in checkpoints.VERBS:
        for column in (checkpoints.SAVER, *[SESSION][: backend == "tensorflow"]):
            works.append(checkpoints.with_saver(values, verb, tmp_path, backend, column, "cpu"))
        works.append(checkpoints.by_hand(values, verb, tmp_path, backend, "cpu"))
    works.append(large_graphs.fetching(backend, large_graphs.SMALL, "cpu"))
    works.append(large_graphs.first_run(20, backend, large_graphs.FIRST, "cpu"))
    for work in works:
        work(2)
        work.check()
        work.close()


def test_a_wrong_answer_counts_nothing(tmp_path: Path) -> None:
    from benchmarks import test_checkpoints as checkpoints
    from benchmarks import test_feeding as feeding

    work = feeding.in_session(feeding.Data(4), "numpy", feeding.FED, "cpu")
    work(1)
    work.answer = work.answer + 1
    with pytest.raises(AssertionError):
        work.check()
    values = checkpoints.tables(10)
    work = checkpoints.with_saver(values, "restore", tmp_path, "numpy", checkpoints.SAVER, "cpu")
    values["nce_biases"][3] += 1
    work(1)
    with pytest.raises(AssertionError):
        work.check()


@pytest.mark.parametrize("backend", NEEDS)
def test_steps_cost_what_they_touch_and_held_tables_stay(backend: str) -> None:
    """The sparse benchmark's candidates, with tables small enough for a test."""
    pytest.importorskip(NEEDS[backend])
    pytest.importorskip("sklearn")
    from benchmarks import test_sparse_updates as sparse

    shared = sparse.data(200, size=32, dimensions=8)
    for column in [column for name, column in sparse.COLUMNS if name == backend]:
        training = sparse.maker(lambda vocabulary: shared, backend, column, "cpu")
        training(3)
        training(3)
        training.check()
        if column.endswith("held"):
            training.held[0] += 1
            with pytest.raises(AssertionError, match="changed later"):
                training.check()
        training.close()


@pytest.mark.parametrize("backend", ["tensorflow", "torch", "jax"])
def test_compilations_are_counted(backend: str) -> None:
    pytest.importorskip(NEEDS[backend])
    import samegraph.tf1 as tf
    from samegraph.session import Session

    from benchmarks.compilations import Counter

    counter = Counter(backend)
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [None])
        y = x * 2.0
    session, counts = Session(graph=graph, backend=counter.backend), []
    for size in (3, 3, 4, 3):
        assert session.run(y, {x: np.ones(size)}).tolist() == [2.0] * size
        counts.append(counter.count)
    if counter.backend.compile is None:
        assert counts == [0] * 4
    else:
        assert counts[0] == counts[1] == 1
        assert counts[1] < counts[2] == counts[3]


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
    training.check()
    break_it(training)
    with pytest.raises(AssertionError, match=message):
        training.check()


# Whole runs ---------------------------------------------------------------------------------------------------------------


def run(folder: Path, *options: str) -> tuple[subprocess.CompletedProcess[str], dict[str, Any]]:
    """The benchmarks in one process, in the quick tier, and the file they wrote."""
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
    assert 0 <= extra.get("peak_rss_growth_bytes", 0) < extra.get("peak_rss_bytes", 1)
    assert extra.get("compilations", 0) <= 1
    assert 0 < stats["q1"] <= stats["median"] <= stats["q3"] < 10
    assert stats["rounds"] == len(stats["data"]) >= QUICK.fewest
    others = {
        "idiom": ("step", backend, "idiom"),
        "rules": ("step", backend, "rules"),
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
    assert "9 NOT RUN" in done.stdout
    assert written["benchmarks"] == []
    assert "torch finds no GPU on this machine; present: cpu" in {row["reason"] for row in written["not_run"]}
    assert len(written["not_run"]) == 9
    assert "node" not in written["machine_info"]
    assert "torch matmul precision" in written["machine_info"]["precision"]
    assert written["machine_info"]["gpu"]


# A backend that is slower, and one that dies ------------------------------------------------------------------------------

ONLY_NUMPY = [f"--bench-without={name}=is left out of this test" for name in ("tensorflow", "torch", "jax")]


def supervised(folder: Path, *options: str, plugin: str = "") -> tuple[subprocess.CompletedProcess[str], Path]:
    """`python -m benchmarks` in the quick tier, with a fault planted by a plugin of `tests/benchmark_faults.py`."""
    for needed in ("pytest_benchmark", "sklearn"):
        pytest.importorskip(needed)
    path = folder / "bench.json"
    command = [sys.executable, "-m", "benchmarks", "--json", str(path), "--bench-quick", *options]
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "SAMEGRAPH_TEST_FAULT": plugin}
    command += ["-p", "tests.benchmark_faults"] if plugin else []
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True), path


def test_a_backend_slowed_on_purpose_is_flagged_and_an_unchanged_one_is_not(tmp_path: Path) -> None:
    pytest.importorskip("click")
    from samegraph.cli import slower

    # What a process computes, for tests run beside others; on a quiet machine both clocks say the same.
    found, chosen = {}, ["-k", "test_step and softmax", "--bench-clock=cpu"]
    for name, plugin in (("before", ""), ("unchanged", ""), ("slowed", "slow:numpy")):
        (tmp_path / name).mkdir()
        done, path = supervised(tmp_path / name, *chosen, *ONLY_NUMPY, plugin=plugin)
        assert done.returncode == 0, done.stdout + done.stderr
        found[name] = slower.read(path)
    unchanged = slower.compare(found["unchanged"], found["before"], 1.2)
    assert (unchanged.compared, unchanged.slower) == (1, [])
    (slowed,) = slower.compare(found["slowed"], found["before"], 1.2).slower
    assert str(slowed).startswith("numpy rules, step of softmax_regression, on cpu got 1.")
    low, high = slowed.after.low / slowed.before.high, slowed.after.high / slowed.before.low
    # 1.5 of the time that the slowed steps themselves take, which is longer by a hundredth (measured), whatever the reason.
    assert 1.2 < low <= 1.5 * 1.02 and 1.5 <= high < 1.9, f"{low:.3f} to {high:.3f}"


def test_a_backend_that_dies_leaves_the_rest(tmp_path: Path) -> None:
    """Of the file it dies in, it is left out; it goes on in others."""
    pytest.importorskip("torch")
    without = [f"--bench-without={name}=is left out of this test" for name in ("tensorflow", "jax")]
    chosen = "test_feeding and 4 or test_many_steps or test_step and linear"
    done, path = supervised(tmp_path, "-k", chosen, *without, plugin="die_in_many_steps:torch")
    assert done.returncode == 1, done.stdout + done.stderr
    assert (
        "torch ended its process (SIGKILL) in the warming up of torch many steps a call; the rest goes on"
        in done.stderr
    )
    written = json.loads(path.read_text())
    rows = [(e["extra_info"]["question"], e["extra_info"]["backend"]) for e in written["benchmarks"]]
    assert rows.count(("feeding 4 KiB", "torch")) == 3, "what was timed before is kept"
    assert rows.count(("feeding 4 KiB", "numpy")) == 3, "and not timed again"
    assert (rows.count(("step", "numpy")), rows.count(("step", "torch"))) == (2, 3)
    assert {backend for question, backend in rows if question.startswith("many steps")} == {"numpy"}
    assert {len(e["extra_info"]["processes"]) for e in written["benchmarks"]} == {2}, (
        "the second process goes without it"
    )
    reasons = {row["name"]: row["reason"] for row in written["not_run"]}
    for column in ("one call a step", "many steps a call", "idiom"):
        assert "torch ended its process (SIGKILL)" in reasons[f"test_many_steps[torch-{column}]"]
    assert "SIGKILL" in written["died"]["torch"]
    assert not list(tmp_path.glob("*.journal")) and not list(tmp_path.glob("*.now"))


def test_a_backend_that_dies_in_two_files_is_left_out_of_all(tmp_path: Path) -> None:
    from benchmarks import journal
    from benchmarks.__main__ import _bury

    book, died = tmp_path / "x.journal", dict[str, dict[str, str]]()
    journal.start(book)
    for file in ("test_a.py", "test_b.py", "test_c.py"):
        journal.write(running=f"benchmarks/{file}::test_step[torch]")
        journal.tell("torch", f"a step in {file}")
        _bury(book, -9, died)
    assert list(died["torch"]) == ["test_a.py", ""], "the third death is none of its: the test is left out"
    assert [line["done"] for line in journal.lines(book) if "done" in line] == [
        "benchmarks/test_c.py::test_step[torch]"
    ]
    try:
        for row in ("torch@test_a.py=once", "jax=for good"):
            journal.bury(row)
        journal.begin("test_a.py")
        assert (journal.left_out("torch"), journal.left_out("jax"), journal.left_out("numpy")) == (
            "once",
            "for good",
            "",
        )
        journal.begin("test_b.py")
        assert (journal.left_out("torch"), journal.left_out("jax")) == ("", "for good")
    finally:
        journal.dead.clear()
        journal.begin("")


@pytest.mark.skipif(
    not hasattr(os, "killpg"), reason="Ctrl-C is a signal to a group of processes, which there are none of"
)
def test_what_was_timed_before_ctrl_c_is_kept(tmp_path: Path) -> None:
    asked = ["-k", "numpy and (session_overhead or sparse_update)", "--quick", "--out", str(tmp_path)]
    process = subprocess.Popen(
        [sys.executable, "-m", "samegraph.cli", "bench", *asked],
        cwd=ROOT,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a job in the background ignores it
    )
    book, until = tmp_path / "bench.journal", time.monotonic() + 240
    while not (book.exists() and "test_sparse_updates.py" in book.read_text()):
        assert process.poll() is None and time.monotonic() < until
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(120) == 2
    rows = json.loads((tmp_path / "bench.json").read_text())["benchmarks"]
    assert {row["extra_info"]["question"] for row in rows} == {"session overhead"} and len(rows) == 3


def test_a_process_goes_on_with_those_before(tmp_path: Path) -> None:
    """A second process that times other things too, less, and one that a process before found to be wrong."""
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
    done, before = run(first, "-k", "numpy and (session_overhead or many_steps)", *ONLY_NUMPY)
    assert done.returncode == 0, done.stdout + done.stderr
    wrong = next(e for e in before["benchmarks"] if e["name"] == "test_session_overhead[numpy-bare step, feeds ready]")
    before["benchmarks"].remove(wrong)
    before["not_run"].append({"name": wrong["name"], "reason": "failed: AssertionError"})
    (first / "bench.json").write_text(json.dumps(before))
    options = ["-k", "numpy and (session_overhead or feeding)", f"--bench-after={first / 'bench.json'}", *ONLY_NUMPY]
    done, after = run(second, *options)
    assert done.returncode == 0, done.stdout + done.stderr
    assert after["machine_info"]["load_at_start"] == before["machine_info"]["load_at_start"]
    told = {e["name"]: e for e in before["benchmarks"]}
    counts = {e["name"]: len(e["extra_info"]["processes"]) for e in after["benchmarks"]}
    both = [name for name in told if "session_overhead" in name]
    assert len(both) == 2 and {counts[name] for name in both} == {2}
    assert {count for name, count in counts.items() if name not in both} == {1}
    assert set(told) < set(counts), "what the second did not come to is kept"
    assert wrong["name"] not in counts and wrong["name"] in {row["name"] for row in after["not_run"]}
    for entry in after["benchmarks"]:
        earlier = told.get(entry["name"], {"stats": {"data": []}, "extra_info": {"processes": []}})
        assert entry["stats"]["data"][: len(earlier["stats"]["data"])] == earlier["stats"]["data"]
        assert (
            entry["extra_info"]["processes"][: len(earlier["extra_info"]["processes"])]
            == earlier["extra_info"]["processes"]
        )
    session = next(e for e in after["benchmarks"] if e["name"] == "test_session_overhead[numpy-session]")
    assert session["stats"]["rounds"] == 2 * QUICK.blocks
    one, other = (process["bare step"]["median"] for process in session["extra_info"]["processes"])
    assert session["extra_info"]["ratio_to"]["bare step"]["median"] == pytest.approx((one * other) ** 0.5)
    assert 0 < session["extra_info"]["adds_seconds"]["low"] < session["extra_info"]["adds_seconds"]["high"] < 1e-5


@pytest.mark.parametrize(
    ("codes", "rows", "asked", "ran", "code"),
    [
        ([0, 0, 0], [2, 2, 2], [], 3, 0),
        ([0, 0], [2, 2], ["--bench-quick"], 2, 0),
        ([0], [2], ["--bench-quick", "--processes", "1"], 1, 0),
        ([1, 0], [2, 2], ["--bench-quick"], 2, 1),
        ([0], [0], ["--bench-quick"], 1, 0),
        ([2], [2], ["--bench-quick"], 1, 2),
        ([5], [None], ["--bench-quick"], 1, 5),
        ([0, 2], [2, None], ["--bench-quick"], 2, 2),
    ],
    ids=[
        "full",
        "quick",
        "as many as asked",
        "one fails",
        "nothing timed",
        "interrupted",
        "nothing asked",
        "interrupted in the second",
    ],
)
def test_a_run_is_several_processes(
    codes: list[int],
    rows: list[int | None],
    asked: list[str],
    ran: int,
    code: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """codes: the exit codes of its processes. rows: how many each has timed, None where it ended too early to write."""
    import benchmarks.__main__ as runner

    path, seen = tmp_path / "bench.json", list[list[str]]()

    def process(command: list[str], *_: Any) -> int:
        number = len(seen)
        seen.append(command)
        assert path.exists() == (number > 0), "the file of those before stays until the next has ended"
        (target,) = (option.partition("=")[2] for option in command if option.startswith("--benchmark-json="))
        if rows[number] is not None:
            Path(target).write_text(json.dumps({"benchmarks": [number] * rows[number]}))
        return codes[number]

    monkeypatch.setattr(runner, "_run", process)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    assert runner.main(["--json", str(path), *asked]) == code
    assert len(seen) == ran
    for number, command in enumerate(seen, 1):
        assert (f"--bench-after={path}" in command) == (number > 1)
        assert any(option.startswith(f"--bench-process={number}/") for option in command)
    last = [number for number, count in enumerate(rows) if count is not None]
    assert path.exists() == bool(last)
    if last:
        assert set(json.loads(path.read_text())["benchmarks"]) <= {last[-1]}
    assert [left.name for left in tmp_path.iterdir()] == ["bench.json"][: len(last)]


def test_a_turn_without_end_is_ended(tmp_path: Path) -> None:
    from benchmarks.__main__ import _run

    assert _run([sys.executable, "-c", "import time; time.sleep(600)"], tmp_path / "x.journal", 0.6) < 0


def test_a_journal_outlives_its_process(tmp_path: Path) -> None:
    path = tmp_path / "x.journal"
    lines = [
        "from pathlib import Path; from benchmarks import journal; import os, signal",
        f"journal.start(Path({str(path)!r})); journal.write(done='a', entry={{'x': float('nan')}})",
        "journal.tell('jax', 'a step ' + 'of jax ' * 200); os.kill(os.getpid(), signal.SIGKILL)",
    ]
    done = subprocess.run([sys.executable, "-c", "\n".join(lines)], cwd=ROOT)
    assert done.returncode < 0
    from benchmarks import journal

    with path.open("a") as stream:
        stream.write('{"done": "b", "ent')
    assert [line["done"] for line in journal.lines(path)] == ["a"]
    count, backend, what = journal.turn(path)
    assert (count, backend) == (1, "jax")
    assert what.startswith("a step of jax")
    assert journal.turn(tmp_path / "none.journal") == (0, "", "starting up")


# Two runs set against each other ------------------------------------------------------------------------------------------


def bench_file(path: Path, slowed: float = 1.0, machine: float = 1.0, seed: int = 0, **change: Any) -> Path:
    """Two programs on two backends, timed in turn on a clock: rules of torch take `slowed` times what they should."""
    benchmarks = []
    for program, seconds in (("a", 1.0), ("b", 3.0)):
        rng = np.random.default_rng([seed, len(program), int(seconds)])
        noise = lambda now, rng=rng: machine * float(rng.lognormal(0, 0.08))
        clock = Clock(slow=noise)
        factors = {"numpy idiom": 0.5, "numpy rules": 0.6, "torch idiom": 1.0, "torch rules": 1.1 * slowed}
        factors["torch native"] = 1.3 * slowed
        names = {name: clock.candidate(name, seconds * f) for name, f in factors.items()}
        names["tensorflow tf1-session"] = clock.candidate("tensorflow tf1-session", 4 * seconds)
        with patch.object(timing, "_own_garbage", nullcontext):  # a second each time where all frameworks are loaded
            found, _ = in_turn(names, dataclasses.replace(PLAN, blocks=21), clock=clock)
        for name, taken in found.items():
            backend, column = name.split()
            against = {
                "tf1-session": "tensorflow tf1-session",
                "idiom": f"{backend} idiom",
                "rules": f"{backend} rules",
            }
            extra = {"question": "step", "program": program, "backend": backend, "column": column, "device": "cpu"}
            extra |= {"tier": "quick", "threads": 1, **change}
            extra["ratio_to"] = {
                control: ratio(taken.samples, found[other].samples).as_dict()
                for control, other in against.items()
                if other in found
            }
            benchmarks.append({"name": name, "extra_info": extra})
    path.write_text(json.dumps({"benchmarks": benchmarks}))
    return path


def test_ratios_are_compared_and_not_times(tmp_path: Path) -> None:
    pytest.importorskip("click")
    from samegraph.cli import slower

    before = slower.read(bench_file(tmp_path / "a.json"))
    for seed in range(1, 8):
        again = slower.read(bench_file(tmp_path / "b.json", seed=seed, machine=3.0))
        assert (found := slower.compare(again, before, 1.2)).slower == [], seed
        assert found.compared == 6, "four by rules, two native; controls are not judged"
        slowed = slower.compare(slower.read(bench_file(tmp_path / "c.json", 1.5, seed=seed)), before, 1.2)
        rows = sorted(slower.named(one.row) for one in slowed.slower)
        wanted = [f"torch {column}, step of {program}, on cpu" for column in ("native", "rules") for program in "ab"]
        assert rows == wanted, "native is slower than by hand, though not than rules, which are slower too"
        assert all(1.3 < one.factor < 1.7 for one in slowed.slower)


def entry(**ratios: tuple[float, float, float]) -> dict[Any, Any]:
    from samegraph.cli.slower import Ratio

    return {("step", "a", "torch", "rules", "cpu", "quick", "1", "wall"): {n: Ratio(*r) for n, r in ratios.items()}}


@pytest.mark.parametrize(
    ("before", "after", "is_slower"),
    [
        ({"idiom": (1.0, 0.9, 1.1)}, {"idiom": (1.5, 1.4, 1.6)}, True),
        ({"idiom": (1.0, 0.9, 1.1)}, {"idiom": (1.15, 1.12, 1.2)}, False),
        ({"idiom": (1.0, 0.9, 1.1)}, {"idiom": (1.5, 1.05, 1.9)}, False),
        ({"idiom": (1.0, 0.9, 1.1)}, {"idiom": (0.5, 0.4, 0.6)}, False),
        ({"idiom": (1.0, 0.9, 1.1), "tf": (1.0, 0.9, 1.1)}, {"idiom": (1.5, 1.4, 1.6), "tf": (1.5, 1.4, 1.6)}, True),
        ({"idiom": (1.0, 0.9, 1.1), "tf": (1.0, 0.9, 1.1)}, {"idiom": (1.5, 1.4, 1.6), "tf": (1.0, 0.9, 1.1)}, False),
    ],
)
def test_what_counts_as_slower(before: dict[str, Any], after: dict[str, Any], is_slower: bool) -> None:
    pytest.importorskip("click")
    from samegraph.cli import slower

    found = slower.compare(entry(**after), entry(**before), 1.2)
    assert bool(found.slower) == is_slower
    assert found.compared == 1


def command(arguments: list[str], write: Callable[[Path], Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    """`samegraph bench`, where instead of the benchmarks `write` makes the file."""
    pytest.importorskip("click")
    pytest.importorskip("rich")
    from click.testing import CliRunner
    from samegraph.cli import bench

    def done(line: list[str], *_: Any) -> int:
        code = write(Path(line[line.index("--json") + 1]))
        return code if isinstance(code, int) else 0

    monkeypatch.setattr(bench, "_run", done)
    monkeypatch.chdir(ROOT)
    return CliRunner().invoke(bench.bench, arguments)


def test_the_command_names_what_got_slower(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = bench_file(tmp_path / "before.json")
    options = ["--quick", "--out", str(tmp_path), "--against", str(before), "--fail-if-slower", "1.2x"]
    same = command(options, lambda path: bench_file(path, seed=1), monkeypatch)
    assert same.exit_code == 0, same.output
    assert "0 of 6 rows got more than 1.2x slower" in same.output
    slow = command(options, lambda path: bench_file(path, 1.5, seed=1), monkeypatch)
    assert slow.exit_code == 10
    assert "SLOWER: torch rules, step of a, on cpu got 1." in slow.output
    assert "4 of 6 rows" in slow.output
    broken = command(options, lambda path: bench_file(path, 1.5, seed=1) and 1, monkeypatch)
    assert broken.exit_code == 1, "that a benchmark failed counts more"


def test_a_run_may_be_set_against_the_file_it_replaces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = bench_file(tmp_path / "bench.json")
    options = ["--out", str(tmp_path), "--against", str(before), "--fail-if-slower", "1.2"]
    assert command(options, lambda path: bench_file(path, 1.5, seed=1), monkeypatch).exit_code == 10


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--against", "{folder}/none.json", "--fail-if-slower", "1.2x"], "none.json cannot be read: No such file"),
        (
            ["--against", "{folder}/cut.json", "--fail-if-slower", "1.2x"],
            "cut.json is no whole file of samegraph bench",
        ),
        (["--against", "{folder}/list.json", "--fail-if-slower", "1.2x"], "list.json is no whole file"),
        (["--against", "{folder}/gpu.json", "--fail-if-slower", "1.2x"], "no row of this run stands in"),
        (["--against", "{folder}/good.json"], "belong together"),
        (["--fail-if-slower", "1.2x"], "belong together"),
        (["--against", "{folder}/good.json", "--fail-if-slower", "fast"], "'fast' is no factor above 1"),
        (["--against", "{folder}/good.json", "--fail-if-slower", "0.9x"], "'0.9x' is no factor above 1"),
    ],
)
def test_what_cannot_be_compared_is_said(
    options: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = bench_file(tmp_path / "good.json")
    bench_file(tmp_path / "gpu.json", device="gpu")
    (tmp_path / "cut.json").write_text(good.read_text()[:1000])
    (tmp_path / "list.json").write_text("[]")
    given = [option.format(folder=tmp_path) for option in options]
    done = command([*given, "--out", str(tmp_path / "out")], bench_file, monkeypatch)
    assert done.exit_code == 2
    assert message in " ".join(done.output.replace("│", " ").split())
