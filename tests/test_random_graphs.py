"""Random graphs bite: faults planted into kernels are found, shrunk and printed; the same seed gives the same graphs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import samegraph.tf1 as tf
from hypothesis import HealthCheck, Phase, given, seed, settings
from samegraph import backend as backends
from samegraph.backend import Backend
from samegraph.conformance import random_graphs
from samegraph.conformance.cutting import copied, smallest
from samegraph.conformance.disagreements import Column, Counting, judge, reference
from samegraph.conformance.evaluating import Evaluator
from samegraph.conformance.graphs import Composed, catalogue, composed_graphs
from samegraph.conformance.printing import program, shows
from samegraph.conformance.random_graphs import Disagreement, check
from samegraph.registry import OPS


def planted(kernel: str, fault: Any) -> Backend:
    """NumPy's backend with one kernel at fault."""
    sound = backends.load("numpy")
    whole = sound.kernels[kernel]
    return replace(sound, name="planted", kernels={**sound.kernels, kernel: lambda *a, **k: fault(whole(*a, **k))})


@pytest.fixture
def faulty(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Any], Counting]:
    """Makes a backend with a fault, known to `load` by the name "planted"."""

    def make(kernel: str, fault: Any) -> Counting:
        made = planted(kernel, fault)
        monkeypatch.setitem(backends._loaded, "planted", made)
        return Counting(Column(made, "rules", False))

    return make


FAULTS = [
    ("tanh", lambda out: out * (1 + 1e-9)),
    ("cumsum", lambda out: out[..., ::-1].copy() if out.ndim else out),
    ("scatter_add_like", lambda out: out * (1 + 1e-4)),  # only in gradients, of gathers
    ("logical_xor", np.logical_not),
]


@pytest.mark.parametrize(("kernel", "fault"), FAULTS, ids=[k for k, _ in FAULTS])
def test_a_fault_is_found_and_its_program_is_small(faulty: Any, kernel: str, fault: Any) -> None:
    """A kernel at fault is found; the program printed has a few operations, runs as it stands and shows both answers."""
    counting = faulty(kernel, fault)
    with pytest.raises(Disagreement) as found:
        check([counting], catalogue(), 400, (Phase.generate,))
    part, outcome = smallest(found.value.graph, counting)
    operations = [op for op in part.graph.get_operations() if op.kernel or op.type == "Gradients"]
    assert len(operations) <= 4, program(part, counting.column, outcome.got)
    source = program(part, counting.column, outcome.got)
    assert source.startswith("import numpy as np\n\nimport samegraph.tf1 as tf\n")
    answers: dict[str, Any] = {"print": lambda *_: None}
    exec(compile(source, "<printed>", "exec"), answers)
    got, want = (flat(answers[name]) for name in ("got", "expected"))
    assert any(not np.allclose(g, w, rtol=1e-12, atol=0) for g, w in zip(got, want, strict=True)), source
    assert "# expected" in source


def test_a_fault_of_row_updates_in_place_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The program printed runs the assignment without fetching its value, for fetched it would not be in place."""
    sound = backends.load("numpy")

    def refuses(*_: Any) -> Any:
        raise RuntimeError("not today")

    made = replace(sound, name="planted", update_rows=refuses)
    monkeypatch.setitem(backends._loaded, "planted", made)
    with pytest.raises(Disagreement) as found:
        check([Counting(Column(made, "rules", False))], [OPS["add"], OPS["sin"]], 100, (Phase.generate,))
    report = found.value.report()
    assert "not today" in report and "when it is run by itself" not in report
    assert re.search(r"\[\[\], \[scatter_\w+_1\.op\]\]", report), report


def test_another_disagreement_is_no_reproducer() -> None:
    """Cutting keeps to the error found; a program that does not show it by itself is not said to."""
    sound = backends.load("numpy")

    def raises(x: Any) -> Any:
        if x.ndim:
            raise RuntimeError("no")
        return np.sin(x) + 1e-3

    made = replace(sound, name="not to be loaded", kernels={**sound.kernels, "sin": raises})
    with pytest.raises(Disagreement) as found:
        check([Counting(Column(made, "rules", False))], [OPS["add"], OPS["sin"]], 100, (Phase.generate,))
    whole = judge(found.value.graph, reference(found.value.graph), found.value.counting)
    part, outcome = smallest(found.value.graph, found.value.counting)
    assert outcome.is_like(whole) and part.graph.size < found.value.graph.graph.size
    assert not shows(part, outcome)
    assert "The program does not show it when it is run by itself" in found.value.report()


def test_cutting_leaves_gradients_that_tensorflow_1_has() -> None:
    """With a constant for what lies between y and x, tf.gradients would answer None: that is no smaller graph."""
    graph = tf.Graph()
    with graph.as_default():
        x = tf.placeholder(tf.float64, [])
        middle = tf.sin(x)
        y = tf.exp(middle)
        tf.gradients(y, x)
    (node,) = (op for op in graph.get_operations() if op.type == "Gradients")
    evaluator = Evaluator({x: np.float64(0.5)}, {})
    evaluator.value(node.outputs[0])
    composed = Composed(graph, {x: np.float64(0.5)}, [node.outputs[0]], [], [], evaluator)
    assert copied(composed, composed.fetches, []) is not None
    assert copied(composed, composed.fetches, [], {middle: evaluator.values[middle]}) is None


def test_cutting_leaves_no_assignment_that_a_run_does_not_do() -> None:
    """A y given with weights is taken by no rule: what assigns behind it is run by no column, and so not by the reference."""
    with tf.Graph().as_default() as graph:
        v, x = tf.Variable(np.array([1.0, 2.0])), tf.constant(np.array([3.0, 4.0]))
        assigned = tf.assign(v, x * 2.0)
        (g,) = tf.gradients(x + assigned, [x], grad_ys=[tf.constant(np.array([1.0, 1.0]))])
    evaluator = Evaluator({}, {v.op: np.array([1.0, 2.0])})
    for op in graph.get_operations():
        if op is not v.initializer:
            evaluator.evaluate(op)
    composed = Composed(graph, {}, [g], [assigned.op], [v], evaluator)
    assert copied(composed, [g], [assigned.op]) is not None
    assert copied(composed, [g], []) is None


@pytest.mark.parametrize(("kernel", "operand"), [("digamma", 1.4609375), ("lgamma", 1.9999999990686774)])
def test_beside_a_zero_of_a_function_the_bound_counts_what_enters(kernel: str, operand: float) -> None:
    """A value there is a difference of larger numbers; at a pole and away from zeros the bound stays a few units."""
    with tf.Graph().as_default() as graph:
        near, far, pole = (getattr(tf, kernel)(tf.constant(np.array([x]))) for x in (operand, 5.5, 1.0))
    evaluator = Evaluator({}, {})
    for op in graph.get_operations():
        evaluator.evaluate(op)
    beside, away, whole = reference(Composed(graph, {}, [near, far, pole], [], [], evaluator))
    assert 2.0**-52 < beside.bound < 1e3 * 2.0**-52
    assert away.bound < 1e4 * 2.0**-52 * abs(away.value[0])
    assert whole.bound <= away.bound


def flat(answer: Any) -> list[Any]:
    return [*answer[0], *answer[1]]


def test_hypothesis_shrinks_a_fault_to_a_few_operations(faulty: Any) -> None:
    """Before anything is cut: what hypothesis leaves of a graph of up to 40 steps."""
    counting = faulty("tanh", lambda out: out + 1e-3)
    few = [OPS[name] for name in ("add", "sin", "tanh", "reduce_sum", "where")]
    with pytest.raises(Disagreement) as found:
        check([counting], few, 200, (Phase.generate, Phase.shrink))
    operations = [op.kernel for op in found.value.graph.graph.get_operations() if op.kernel]
    assert "tanh" in operations and len(operations) <= 4, operations


def test_a_wrong_gradient_rule_of_a_framework_is_found() -> None:
    """PyTorch's tanh with a gradient that is wrong by one part in ten thousand: its native route turns red."""
    torch = pytest.importorskip("torch") if "torch" in backends.available() else pytest.skip("PyTorch is not installed")
    sound = backends.load("torch")

    class Tanh(torch.autograd.Function):  # type: ignore[misc,name-defined]
        @staticmethod
        def forward(x: Any) -> Any:
            return torch.tanh(x)

        @staticmethod
        def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
            ctx.save_for_backward(output)

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            (y,) = ctx.saved_tensors
            return g * (1 - y * y) * (1 + 1e-4)

    made = replace(sound, name="planted", kernels={**sound.kernels, "tanh": lambda x: Tanh.apply(x)})
    few = [OPS[name] for name in ("add", "mul", "sin", "tanh", "reduce_sum", "where")]
    check([Counting(Column(made, "rules", False))], few, 100, (Phase.generate,))
    with pytest.raises(Disagreement) as found:
        check([Counting(Column(made, "native", False))], few, 100, (Phase.generate,))
    part, outcome = smallest(found.value.graph, found.value.counting)
    kinds = [op.kernel or op.type for op in part.graph.get_operations() if op.kernel or op.type == "Gradients"]
    assert {"Gradients", "tanh"} <= set(kinds) and len(kinds) <= 4, program(
        part, found.value.counting.column, outcome.got
    )
    assert "tf.gradients(" in program(part, found.value.counting.column, outcome.got)


def test_the_same_seed_gives_the_same_graphs() -> None:
    """Printed programs of two runs are equal, character by character."""

    def sources() -> list[str]:
        out: list[str] = []

        @seed(7)
        @settings(
            max_examples=4,
            phases=(Phase.generate,),
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(graph=composed_graphs(catalogue()))
        def collect(graph: Composed) -> None:
            out.append(program(graph))

        collect()
        return out

    first = sources()
    assert first == sources() and len(set(first)) > 2


def test_the_long_run_counts_and_records(tmp_path: Path, capsys: Any) -> None:
    """Two runs of one seed do the same, and the record says what."""
    records = []
    for folder in (tmp_path / "a", tmp_path / "b"):
        assert random_graphs.main(["--backends", "numpy", "--ops", "100", "--seed", "3", "--out", str(folder)]) == 0
        (path,) = folder.glob("*.json")
        records.append(json.loads(path.read_text()))
        assert (path.with_suffix(".md")).read_text() in capsys.readouterr().out
    assert records[0]["kernels run"] >= 100 and records[0]["disagreement"] is None
    assert records[0]["values compared by column"]["numpy rules"] > 50
    for r in records:
        del r["seconds"], r["processor seconds"], r["date"]
    assert records[0] == records[1]


def test_the_long_run_stops_at_a_disagreement(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Any) -> None:
    monkeypatch.setitem(backends._loaded, "planted", planted("add", lambda out: out + 1e-6))
    assert random_graphs.main(["--backends", "planted", "--ops", "1000000", "--out", str(tmp_path)]) == 1
    assert "import samegraph.tf1 as tf" in capsys.readouterr().out


def test_a_backend_that_does_not_exist_is_an_error(capsys: Any) -> None:
    with pytest.raises(SystemExit):
        random_graphs.main(["--backends", "never_heard_of"])
    assert "no backend named 'never_heard_of'" in capsys.readouterr().err
