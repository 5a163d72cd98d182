"""Each step held by itself: what the bounds on whole trainings cannot see, and that no backend is its own judge."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import samegraph.tf1 as tf
from samegraph.backend import load
from samegraph.compare import counting, one_step
from samegraph.compare import reference as references
from samegraph.compare.branches import judged_along_branches
from samegraph.compare.counting import counted
from samegraph.compare.judging import judged
from samegraph.compare.recording import GraphRunner, record, touched

pytest.importorskip("sklearn", reason="the programs' data come with scikit-learn")
from samegraph.programs import catalog, linear_regression
from test_compare import NEARLY_TIED, nearly_tied, silent

(MLP,) = catalog.programs(["mlp"])
PARTS = 9  # the step at which the MLP's reference and itself, moved by an ulp, part: bounds on the whole are wide from there
STEPS = 14


class Harmed:
    """A training whose answers are off by a factor from some step on."""

    def __init__(self, runner, what, factor, first):
        self.runner, self.what, self.factor, self.first, self.i = runner, what, factor, first, 0

    def _off(self, what):
        return self.factor if what == self.what and self.i >= self.first else 1.0

    def gradients(self, batch):
        return {n: a * np.float32(self._off("gradients")) for n, a in self.runner.gradients(batch).items()}

    def step(self, batch):
        before, off = self.runner.parameters(), self._off("update")
        loss = self.runner.step(batch) * self._off("loss")
        if off != 1.0:
            after = self.runner.parameters()
            self.runner.load({n: (b + (after[n] - b) * off).astype(np.float32) for n, b in before.items()})
        self.i += 1
        return loss

    def parameters(self):
        return self.runner.parameters()

    def close(self):
        self.runner.close()


@pytest.fixture(scope="module")
def mlp():
    return references.make(MLP, STEPS, silent)


def watched(program, reference, runner, steps):
    watcher = reference.watcher(program)
    own = record(runner, program.batches(steps), steps, reference.keep, watcher=watcher)
    runner.close()
    watcher.close()
    return own, watcher


def in_float32(program, reference, backend="numpy"):
    return GraphRunner(program, backend, "rules", tf.float32, reference.recording.initial)


def test_the_same_training_agrees_at_every_step(mlp):
    own, watcher = watched(MLP, mlp, in_float32(MLP, mlp), STEPS)
    result = judged(own, mlp, looked=watcher)
    assert result["verdict"] == "agree", result["reason"]
    assert len(watcher.nearest) == STEPS and not watcher.decided
    assert all(0 < s < 1 for s in result["each_step"]["share"]) and result["each_step"]["worst"]["error"] < 1e-5
    sizes = sum(a.size for a in own.initial.values())
    assert result["comparisons"] + result["at_rest"] == STEPS * 2 * sizes + STEPS and result["at_rest"] < STEPS * sizes


@pytest.mark.parametrize("what", ["gradients", "update", "loss"])
def test_one_in_ten_thousand_is_found_after_trainings_part(mlp, what):
    assert mlp.gradient_bound[PARTS] > 1e-2, "the bound on the whole does not part here any more: choose another step"
    own, watcher = watched(MLP, mlp, Harmed(in_float32(MLP, mlp), what, 1.0001, PARTS), STEPS)
    if what == "gradients":
        assert judged(own, mlp)["verdict"] == "agree", "the bounds on the whole see it: this test shows nothing"
    result = judged_along_branches(own, mlp, MLP, STEPS, watcher)
    assert result["verdict"] == "differ" and result["first_step"] == PARTS
    assert "by itself" in result["reason"] and what[:4] in result["reason"], result["reason"]


class Straying(Harmed):
    """At some step one number that the step leaves alone moves by an ulp, or gets a gradient too small for any norm."""

    def _at_rest(self, gradients):
        (name, gradient) = next((n, g) for n, g in gradients.items() if np.any(g == 0))
        return name, tuple(np.argwhere(gradient == 0)[0])

    def gradients(self, batch):
        found = self.runner.gradients(batch)
        if self.what == "gradients" and self.i == self.first:
            name, place = self._at_rest(found)
            found[name] = np.array(found[name])
            found[name][place] = 1e-30
        return found

    def step(self, batch):
        name, place = self._at_rest(self.runner.gradients(batch))
        loss = self.runner.step(batch)
        if self.what == "update" and self.i == self.first:
            after = {n: np.array(a) for n, a in self.runner.parameters().items()}
            after[name][place] = np.nextafter(after[name][place], np.float32(np.inf))
            self.runner.load(after)
        self.i += 1
        return loss


@pytest.mark.parametrize("what", ["gradients", "update"])
def test_not_one_number_at_rest_may_move(mlp, what):
    own, watcher = watched(MLP, mlp, Straying(in_float32(MLP, mlp), what, 1.0, 3), STEPS)
    assert judged(own, mlp)["verdict"] == "agree", "the bounds on the whole see it: this test shows nothing"
    result = judged_along_branches(own, mlp, MLP, STEPS, watcher)
    assert result["verdict"] == "differ" and result["first_step"] == 3
    assert "step 3 by itself: 1 numbers at rest of" in result["reason"], result["reason"]


def test_what_a_step_leaves_alone_is_not_counted():
    """Two rows of a table of six are touched, of which one holds a gradient of 0."""
    gradient = np.zeros((6, 3))
    gradient[1], gradient[4, :2] = 0.5, -0.25
    values = {"table": np.ones((6, 3))}
    found = counted(
        {"table": 18},
        {0: touched({"table": gradient})},
        {0: (1e-6, {"table": gradient})},
        {0: (1e-6, values)},
        [1e-6],
        None,
    )
    assert (found.compared, found.at_rest, found.sunk) == (5 + 5 + 1, 13 + 13, 0)
    lost = counted(
        {"table": 18},
        {0: touched({"table": gradient})},
        {0: (0.5, {"table": gradient})},
        {0: (1e-6, values)},
        [1e-6],
        None,
    )
    assert (lost.compared, lost.at_rest, lost.sunk) == (5 + 1, 13, 18)


def test_what_sinks_into_roundings_is_not_counted_and_all_that_is_counted_is_held():
    """The demo's bias: its gradient is the small rest of large errors of both signs."""
    program, steps = linear_regression.DEMO, 100
    reference = references.make(program, steps, silent)
    own, watcher = watched(program, reference, in_float32(program, reference), steps)
    result = judged(own, reference, looked=watcher)
    assert result["verdict"] == "agree", result["reason"]
    sunk = result["sunk"]
    assert list(sunk["steps"]) == ["gradient of bias"] and 20 < sunk["numbers"] < 80
    assert result["comparisons"] + sunk["numbers"] == 4 * steps + steps and result["at_rest"] == 0
    seen = {}
    for step in range(0, steps, 6):
        harmed = in_float32(program, reference)
        runner = Harmed(harmed, "", 1.0, 0)

        def gradients(batch, runner=runner, own=harmed, step=step):
            found = own.gradients(batch)
            return found if runner.i != step else {**found, "bias": found["bias"] * np.float32(1.02)}

        runner.gradients = gradients
        own, watcher = watched(program, reference, runner, steps)
        seen[step] = judged(own, reference, looked=watcher)["verdict"] == "differ"
        told = counting.told_by_itself(watcher, step, "gradient of bias")
        assert seen[step] or not told, f"2 % off at step {step} is counted and not seen"
    assert any(seen.values()) and not all(seen.values()), seen


def test_a_fault_of_numpys_float32_widens_no_bound_and_is_found(monkeypatch):
    """It was one of the runs that bounds are made of: NumPy then agreed with itself, and all others with anything."""
    program = linear_regression.DIABETES
    sound = references.make(program, 20, silent)
    kernels = load("numpy").kernels
    matmul = kernels["matmul"]

    def harmed(*args, **attrs):
        out = matmul(*args, **attrs)
        return out * np.float32(1.001) if out.dtype == np.float32 else out

    monkeypatch.setitem(kernels, "matmul", harmed)
    reference = references.make(program, 20, silent)
    assert reference.distance_bound == sound.distance_bound and reference.gradient_bound == sound.gradient_bound
    assert reference.loss_bound == sound.loss_bound and reference.each_step == sound.each_step
    own, watcher = watched(program, reference, in_float32(program, reference), 20)
    assert judged(own, reference)["verdict"] == "differ"
    assert watcher.excess is not None and watcher.excess.step == 0


def test_a_step_at_which_rounding_decides_is_told_from_a_wrong_gradient():
    reference = references.make(NEARLY_TIED, 5, silent)
    tied = replace(reference, recording=replace(reference.recording, initial={"weights": np.array([1.0, 1.0, 0.5])}))

    def looked(runner, bounds):
        watcher = one_step.EachStep(NEARLY_TIED, tied.recording.initial, [0], bounds)
        record(runner, NEARLY_TIED.batches(5), 1, [0], watcher=watcher)
        return watcher

    bounds = {0: dict.fromkeys(reference.each_step[0], 1e-6)}
    # Of two equal weights each takes half of the gradient; a training whose own roundings part them gives it all to one.
    other = GraphRunner(NEARLY_TIED, "numpy", "rules", tf.float32, {"weights": np.array([1.0, 1 + 2**-23, 0.5])})
    other.parameters = lambda found=other.parameters: {n: np.where(a == 1 + 2**-23, 1, a) for n, a in found().items()}
    watcher = looked(other, bounds)
    assert watcher.excess is None and len(watcher.decided) == 1, watcher.excess
    assert watcher.decided[0].jump > 0.1 and watcher.decided[0].rest < 1e-6
    wrong = GraphRunner(replace(NEARLY_TIED, build=partial(nearly_tied, rate=0.01001)), "numpy", "rules", tf.float32)
    wrong.load(tied.recording.initial)
    watcher = looked(wrong, bounds)
    assert watcher.excess is not None and not watcher.decided


def test_a_bound_is_not_widened_by_the_step_at_which_rounding_decided():
    looks = one_step.EachStep(NEARLY_TIED, {"weights": np.array([1.0, 1 + 2**-23, 0.5])}, range(9))
    looks.errors = {s: {"gradient of weights": 0.3 if s == 4 else 1e-7} for s in range(9)}
    looks.norms = {s: {"gradient of weights": 1.0} for s in range(9)}
    bounds = one_step.bounds_from(looks)
    assert {b["gradient of weights"] for b in bounds.values()} == {one_step.FACTOR * 1e-7}


def test_steps_of_large_models_are_looked_at_here_and_there():
    assert one_step.steps_looked_at(300, 10, [0, 299]) == list(range(300))
    few = one_step.steps_looked_at(1000, 10**7, [0, 13, 999])
    assert 20 <= len(few) <= 23 and few[0] == 0 and few[-1] == 999 and 13 in few
