"""The comparison's own judgement: bounds that catch what they must, verdicts that mean something, exit statuses."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import samegraph.tf1 as tf
from samegraph.backend import load
from samegraph.compare import reference as references
from samegraph.compare import run
from samegraph.compare.branches import judged_along_branches
from samegraph.compare.judging import judged
from samegraph.compare.locate import first_difference, first_nonfinite
from samegraph.compare.recording import GraphRunner, distance, record, snapshot_steps
from samegraph.compare.storage import load_arrays, save_arrays, save_json

pytest.importorskip("sklearn", reason="the programs' data come with scikit-learn")
from samegraph.programs import catalog, linear_regression, softmax_regression
from samegraph.programs.model import Model, Program

STEPS = 60
CASES = {
    "diabetes": (linear_regression.DIABETES, partial(linear_regression.build, 10)),
    "demo": (linear_regression.DEMO, partial(linear_regression.build, 1)),
    "stable": (softmax_regression.STABLE, softmax_regression.stable),
}


def silent(*_):
    pass


@pytest.fixture(scope="module", params=CASES)
def case(request):
    program, build = CASES[request.param]
    return program, build, references.make(program, STEPS, silent)


def trained(program, reference, backend="numpy", dtype=tf.float32):
    runner = GraphRunner(program, backend, "rules", dtype, reference.recording.initial)
    return record(runner, program.batches(STEPS), STEPS, reference.keep)


def test_the_same_program_agrees(case):
    program, _, reference = case
    result = judged(trained(program, reference), reference)
    assert result["verdict"] == "agree", result["reason"]
    assert result["comparisons"] > STEPS


def test_a_gradient_error_of_one_in_ten_thousand_is_found(case):
    """Scaling every gradient by 1.0001 is scaling the rate."""
    program, build, reference = case
    wrong = replace(program, build=partial(build, program.rate * 1.0001))
    assert judged(trained(wrong, reference), reference)["verdict"] == "differ"


def test_float64_is_held_to_its_own_bound(case):
    program, build, reference = case
    own = trained(program, reference, dtype=tf.float64)
    assert judged(own, reference, references.FLOAT64_BOUND)["verdict"] == "agree"
    wrong = replace(program, build=partial(build, program.rate * (1 + 1e-8)))
    assert (
        judged(trained(wrong, reference, dtype=tf.float64), reference, references.FLOAT64_BOUND)["verdict"] == "differ"
    )


def faulty(**kernels):
    numpy = load("numpy")
    return replace(numpy, kernels={**numpy.kernels, **kernels})


def test_the_first_different_tensor_is_named():
    program = softmax_regression.STABLE
    reference = references.make(program, 5, silent)
    backend = faulty(relu=lambda x: np.maximum(x, 0.001))
    found = first_difference(program, backend, "rules", "float32", reference.recording.initial, 0, 5)
    assert found["tensor"] == "h:0" and found["operation"] == "Relu" and "softmax_regression.py" in found["line"]
    assert found["distance"] > found["bound"]


def test_a_wrong_gradient_is_named_when_values_agree():
    program = linear_regression.DIABETES
    reference = references.make(program, 5, silent)
    numpy = load("numpy").kernels
    backend = faulty(
        negative=numpy["identity"], broadcast_like=lambda x, like: numpy["broadcast_like"](x, like) * np.float32(1.5)
    )
    found = first_difference(program, backend, "rules", "float32", reference.recording.initial, 0, 5)
    assert found["tensor"].startswith("gradient of ")


def test_the_textbook_program_stops_at_the_log():
    program = softmax_regression.TEXTBOOK
    reference = references.make(program, 5, silent)
    assert reference.recording.stopped is not None and reference.recording.stopped <= 2
    found = first_nonfinite(
        program, "numpy", "rules", "float32", reference.recording.initial, reference.recording.stopped, 5
    )
    assert found["operation"] == "Log" and "tf.log(prediction)" in found["line"]
    assert "softmax_cross_entropy_with_logits" in found["advice"]
    own = trained(program, reference)
    assert judged(own, reference)["verdict"] == "agree-nonfinite"
    own.stopped = own.stopped + 1
    assert judged(own, reference)["verdict"] == "differ"


@pytest.mark.parametrize("what", ["gradients", "parameters", "losses"])
def test_what_comes_before_a_value_that_is_not_finite_is_compared(what):
    program = softmax_regression.TEXTBOOK
    reference = references.make(program, 5, silent)
    own = trained(program, reference)
    assert judged(own, reference)["verdict"] == "agree-nonfinite" and judged(own, reference)["comparisons"] > 1000
    group = getattr(own, what)
    group[0] = group[0] * 1.0001 if what == "losses" else {n: a * 1.0001 for n, a in group[0].items()}
    result = judged(own, reference)
    assert result["verdict"] == "differ" and result["first_step"] == 0 and what[:4] in result["reason"]


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (lambda r: [g.update({k: v * 0 for k, v in g.items()}) for g in r.gradients.values()], "gradients"),
        (lambda r: r.parameters.update(dict.fromkeys(r.parameters, r.initial)), "parameters"),
        (lambda r: r.parameters.clear(), "nothing was compared"),
        (lambda r: r.losses.__setitem__(3, float("nan")), "loss"),
    ],
)
def test_an_agreement_that_means_nothing_is_none(harm, reason):
    program = linear_regression.DEMO
    reference = references.make(program, STEPS, silent)
    own = trained(program, reference)
    harm(own)
    result = judged(own, reference)
    assert result["verdict"] == "differ" and reason in result["reason"]


def test_snapshots_are_few_for_large_models():
    assert snapshot_steps(50, 1000) == list(range(50))
    few = snapshot_steps(1000, 10**8)
    assert len(few) <= 8 and few[0] == 0 and few[-1] == 999


def test_references_survive_the_disk(tmp_path):
    program = linear_regression.DEMO
    reference = references.make(program, 6, silent)
    references.save(reference, tmp_path / "r.safetensors")
    again = references.load(tmp_path / "r.safetensors")
    assert again.loss_bound == reference.loss_bound and again.distance_bound == reference.distance_bound
    assert again.each_step == reference.each_step and len(again.each_step) == 6
    assert judged(again.recording, reference, 1e-15)["verdict"] == "agree"


@pytest.mark.parametrize("array", [np.float32(3), np.zeros((0, 3)), np.arange(6.0).reshape(2, 3).T, np.arange(4)[::-1]])
def test_arrays_survive_the_disk(tmp_path, array):
    save_arrays(tmp_path / "a", {"x": np.asarray(array)})
    np.testing.assert_array_equal(load_arrays(tmp_path / "a")["x"], array)


def test_json_is_strict_and_whole(tmp_path):
    path = tmp_path / "x.json"
    save_json(path, {"a": [float("nan"), float("inf"), -float("inf"), np.float32(1.5)]})
    assert json.loads(path.read_text()) == {"a": ["nan", "inf", "-inf", 1.5]}
    with pytest.raises(TypeError):
        save_json(path, {"a": object()})
    assert json.loads(path.read_text())["a"][3] == 1.5
    assert os.listdir(tmp_path) == ["x.json"]


def column(backend, verdict, comparisons=1):
    return {"backend": backend, "column": "rules", "verdict": verdict, "comparisons": comparisons}


@pytest.mark.parametrize(
    ("columns", "asked", "status"),
    [
        ([column("numpy", "agree"), column("jax", "agree")], None, 0),
        ([column("numpy", "agree"), column("jax", "differ")], None, 1),
        ([column("numpy", "agree"), column("jax", "not run", 0)], None, 3),
        ([column("numpy", "agree"), column("torch", "agree"), column("jax", "not run", 0)], ["jax"], 1),
        ([column("numpy", "agree")], None, 3),
        ([column("numpy", "agree", 0), column("jax", "agree", 0)], None, 3),
        ([], None, 3),
    ],
)
def test_exit_statuses(columns, asked, status):
    assert run.verdict({"programs": [{"columns": columns}]}, asked)[0] == status


def test_what_is_not_finite_is_counted_apart():
    columns = [column("numpy", "agree"), column("jax", "agree"), column("torch", "agree-nonfinite")]
    status, told = run.verdict({"programs": [{"columns": columns}]}, None)
    assert status == 0 and told.startswith(
        "2 of 3 columns agree on jax, numpy, torch, 1 more up to a value that is not finite"
    )


def test_the_bound_of_a_training_notices_a_gradient_that_is_off() -> None:
    """Biases of 0 under a ReLU are not moved off their kink: the CNN's bound once let gradients pass that were a tenth off."""
    (cnn,) = catalog.programs(["cnn"])
    made = references.make(cnn, 3, lambda what, step: None)
    assert made.gradient_bound and max(made.gradient_bound.values()) < 1e-4
    initial = {"w": np.array([0.0, 1.0, -2.0], np.float32)}
    moved = references._moved(initial)["w"]
    assert moved[0] == 0 and (moved[1:] != initial["w"][1:]).all() and moved == pytest.approx(initial["w"], rel=3e-7)


def nearly_tied(dtype, rate=0.01):
    """The larger of two weights, pulled to 3: they are an ulp apart at first, and which one it is decides who gets the gradient."""
    x = tf.placeholder(dtype, [4], name="x")
    weights = tf.Variable(tf.constant([1.0, 1.0 + 2.0**-23, 0.5], dtype), name="weights")
    loss = tf.reduce_mean(tf.square(tf.reduce_max(weights) * x - 3.0 * x) + 0.1 * tf.square(weights[2] - x))
    optimizer = tf.train.GradientDescentOptimizer(rate)
    pairs = optimizer.compute_gradients(loss)
    return Model(
        graph=tf.get_default_graph(),
        inputs={"x": x},
        loss=loss,
        train=optimizer.apply_gradients(pairs),
        init=tf.global_variables_initializer(),
        parameters={"weights": weights},
        gradients={"weights": pairs[0][0]},
    )


def ones(steps):
    for i in range(steps):
        yield {"x": np.linspace(0.5, 1.0 + i / steps, 4)}


NEARLY_TIED = Program("nearly_tied", "", "Two weights an ulp apart", STEPS, 0.01, nearly_tied, ones)


@pytest.fixture(scope="module")
def parting():
    """A reference, and a training that started an ulp away: there the other weight is the larger one."""
    reference = references.make(NEARLY_TIED, STEPS, silent)
    other = GraphRunner(NEARLY_TIED, "numpy", "rules", tf.float32, {"weights": np.array([1 + 2**-22, 1 + 2**-23, 0.5])})
    # Moved by an ulp itself, the reference may have parted too, and its bounds would be wide: the roundings' own are meant here.
    flat = dict.fromkeys(reference.keep, 2e-6)
    own = replace(reference, distance_bound=flat, gradient_bound=flat, loss_bound=[2e-6] * STEPS)
    return own, record(other, NEARLY_TIED.batches(STEPS), STEPS, reference.keep)


@pytest.mark.parametrize("stood", ["an ulp away", "at the same place"])
def test_a_training_that_rounding_sent_another_way_is_compared_with_that_way(parting, stood):
    reference, own = parting
    if stood == "at the same place":  # and its own roundings made the other weight the larger one
        own = replace(own, initial=reference.recording.initial)
    assert judged(own, reference)["verdict"] == "differ"
    result = judged_along_branches(own, reference, NEARLY_TIED, STEPS)
    assert result["verdict"] == "agree", result["reason"]
    (branch,) = result["branches"]
    assert branch["step"] == 0 and branch["jump"] > 0.1 and branch["rest"] < 2e-6
    assert "rounding decides" in result["note"] and max(d for d in result["distance"] if d is not None) < 2e-6


@pytest.mark.parametrize("what", ["gradients", "parameters", "losses"])
def test_a_wrong_training_is_on_no_branch(parting, what):
    """One in ten thousand, after the parting: in what was recorded of the gradients, the parameters or the losses."""
    reference, own = parting
    by_step = {s: {n: a * 1.0001 for n, a in group.items()} if s >= 5 else group for s, group in own.gradients.items()}
    moved = {s: {n: a * 1.0001 for n, a in group.items()} if s >= 5 else group for s, group in own.parameters.items()}
    wrong = {
        "gradients": by_step,
        "parameters": moved,
        "losses": [*own.losses[:5], *(x * 1.0001 for x in own.losses[5:])],
    }
    result = judged_along_branches(replace(own, **{what: wrong[what]}), reference, NEARLY_TIED, STEPS)
    assert result["verdict"] == "differ" and "branches" not in result


def test_a_gradient_that_is_wrong_from_the_start_is_on_no_branch(parting):
    reference, _ = parting
    wrong = replace(NEARLY_TIED, build=partial(nearly_tied, rate=0.01 * 1.0001))
    own = record(GraphRunner(wrong, "numpy", "rules", tf.float32), wrong.batches(STEPS), STEPS, reference.keep)
    assert judged_along_branches(own, reference, NEARLY_TIED, STEPS)["verdict"] == "differ"


@pytest.mark.parametrize("seen", ["gradient_bound", "distance_bound"])
def test_an_error_that_grows_step_by_step_is_on_no_branch(case, seen):
    """Every gradient of a wrong rate is right where the training stands, and it stands farther off at each step."""
    program, build, reference = case
    own = trained(replace(program, build=partial(build, program.rate * (1 + 3e-6))), reference, dtype=tf.float64)
    wide = dict.fromkeys(reference.keep, 1.0)
    held = replace(reference, distance_bound=wide, gradient_bound=wide, loss_bound=[1.0] * STEPS)
    pairs = [(own.gradients, reference.recording.gradients), (own.parameters, reference.recording.parameters)]
    ours, theirs = pairs[seen == "distance_bound"]
    most = max(distance(ours[s], theirs[s]) for s in reference.keep)
    held = replace(held, **{seen: dict.fromkeys(reference.keep, most / 1.5)})
    result = judged_along_branches(own, held, program, STEPS)
    assert result["verdict"] == "differ" and "branches" not in result
