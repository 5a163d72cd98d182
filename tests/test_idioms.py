"""The hand-written twins: each framework against plain NumPy in float64, and NumPy against finite differences."""

from __future__ import annotations

import importlib
import math
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from typing import Any

import numpy as np
import pytest

from benchmarks.idioms import FRAMEWORKS, PROGRAMS, load
from benchmarks.idioms.numpy_twins import _softplus

NEEDS = {
    "numpy": ("numpy",),
    "tensorflow": ("tensorflow",),
    "tensorflow2": ("tensorflow",),
    "torch": ("torch",),
    "jax": ("jax", "optax"),
}
RATES = {
    "linear_regression": 0.07,
    "softmax_regression": 0.3,
    "softmax_textbook": 0.003,
    "mlp": 0.1,
    "cnn": 0.1,
    "word2vec": 0.7,
}
STEPS = 12

Arrays = dict[str, np.ndarray]


@pytest.fixture(params=FRAMEWORKS)
def framework(request: pytest.FixtureRequest) -> str:
    for module in NEEDS[request.param]:
        try:
            importlib.import_module(module)
        except ImportError:
            pytest.skip(f"{module} cannot be imported")
    return request.param


@pytest.fixture(params=PROGRAMS)
def program(request: pytest.FixtureRequest) -> str:
    return request.param


def start(program: str, dtype: str = "float64") -> Arrays:
    """Initial values; float64 ones that float32 can express, so that both precisions start from the same point."""
    rng = np.random.default_rng(7)
    shapes = {
        "linear_regression": ((10, 1), (1,)),
        "softmax_regression": ((64, 100), (100,), (100, 10), (10,)),
        "softmax_textbook": ((64, 100), (100,), (100, 10), (10,)),
        "mlp": ((64, 30), (30,), (30, 20), (20,), (20, 10), (10,)),
        "cnn": ((3, 3, 1, 4), (4,), (3, 3, 4, 6), (6,), (24, 10), (10,)),
        "word2vec": ((50, 16), (50, 16), (50,)),
    }[program]
    scale = 0.2 if program.startswith("softmax") else 0.4 if program in ("mlp", "cnn") else 1.0
    values = [(scale * rng.uniform(-1, 1, shape)).astype("float32").astype(dtype) for shape in shapes]
    return dict(zip(PROGRAMS[program], values, strict=True))


def make_batches(program: str, dtype: str = "float64", count: int = 3, size: int = 20) -> list[Arrays]:
    rng = np.random.default_rng(8)
    return [
        {
            name: value.astype("float32").astype(dtype) if value.dtype.kind == "f" else value
            for name, value in one.items()
        }
        for one in (_batch(program, rng, size) for _ in range(count))
    ]


def _batch(program: str, rng: np.random.Generator, size: int) -> Arrays:
    if program == "linear_regression":
        return {"x": rng.uniform(-1, 1, (size, 10)), "y": rng.uniform(-1, 1, (size, 1))}
    if program.startswith("softmax") or program in ("mlp", "cnn"):
        return {"x": rng.uniform(0, 1, (size, 64)), "labels": np.eye(10)[rng.integers(0, 10, size)]}

    def zipf(*shape: int) -> np.ndarray:
        return (51 ** rng.random(shape) - 1).astype(np.int32)  # log-uniform over 0..49: small ids repeat often

    def expected(ids: np.ndarray) -> np.ndarray:
        return 6 * np.log((ids + 2) / (ids + 1)) / np.log(51)

    labels, sampled = zipf(size, 1), zipf(6)
    return {
        "inputs": zipf(size),
        "labels": labels,
        "sampled": sampled,
        "true_expected": expected(labels),
        "sampled_expected": expected(sampled),
    }


@cache
def trajectory(
    framework: str, program: str, dtype: str, *, rate: float | None = None, nudge: bool = False
) -> list[tuple[float, Arrays]]:
    """(loss before the step, parameters after it) of every step; `nudge` moves the start by one float32 ulp."""
    initial, batches = start(program, dtype), make_batches(program, dtype)
    if nudge:
        initial = {name: np.nextafter(v.astype("float32"), np.float32(9)).astype(dtype) for name, v in initial.items()}
    with closing(load(framework, program, initial, rate=rate or RATES[program], dtype=dtype)) as twin:
        return [(twin.step(batches[i % len(batches)]), twin.parameters()) for i in range(STEPS)]


def distances(one: list[tuple[float, Arrays]], reference: list[tuple[float, Arrays]]) -> Iterator[float]:
    """By step, the largest deviation of the loss or of a parameter, relative to the largest reference value."""
    for (loss, values), (true_loss, true_values) in zip(one, reference, strict=True):
        by_name = (np.abs(values[k] - v).max() / np.abs(v).max() for k, v in true_values.items())
        yield max(abs(loss - true_loss) / abs(true_loss), *by_name)


@cache
def bounds(program: str) -> list[float]:
    """By step, ten times what float32, or one ulp in the initial values, does to the reference itself."""
    reference = trajectory("numpy", program, "float64")
    rounded = distances(trajectory("numpy", program, "float32"), reference)
    moved = distances(trajectory("numpy", program, "float64", nudge=True), reference)
    return [10 * max(pair) for pair in zip(rounded, moved, strict=True)]


def test_float64_agrees_with_numpy(framework: str, program: str) -> None:
    found = distances(trajectory(framework, program, "float64"), trajectory("numpy", program, "float64"))
    assert max(found) <= 1e-10


def test_float32_stays_within_the_trajectory_bound(framework: str, program: str) -> None:
    found = distances(trajectory(framework, program, "float32"), trajectory("numpy", program, "float64"))
    for step, (distance, bound) in enumerate(zip(found, bounds(program), strict=True)):
        assert distance <= bound, f"step {step}: {distance:.2g} exceeds {bound:.2g}"


def test_the_trajectory_bound_sees_a_planted_error(program: str) -> None:
    """Every gradient too long by 1e-4, which is what a rate too large by 1e-4 amounts to."""
    wrong = trajectory("numpy", program, "float64", rate=RATES[program] * (1 + 1e-4))
    found = distances(wrong, trajectory("numpy", program, "float64"))
    assert any(distance > bound for distance, bound in zip(found, bounds(program), strict=True))


def test_every_program_learns(framework: str, program: str) -> None:
    steps = trajectory(framework, program, "float32")
    first, last = steps[0][0], steps[STEPS - 3][0]  # the losses of the same batch
    assert np.isfinite(last)
    assert last < first
    for name, value in start(program, "float32").items():
        assert not np.array_equal(steps[-1][1][name], value), f"{name} has not moved"


def test_numpy_gradients_are_those_of_finite_differences(program: str) -> None:
    initial, (batch, *_) = start(program), make_batches(program)
    gradients = load("numpy", program, initial, rate=1.0, dtype="float64").gradients(batch)
    rng = np.random.default_rng(9)
    summed = len(batch["x"]) if program == "softmax_textbook" else 1  # it reports the mean, and minimises the sum

    def loss(name: str, direction: np.ndarray, distance: float) -> float:
        moved = initial | {name: initial[name] + distance * direction}
        return summed * load("numpy", program, moved, rate=1.0, dtype="float64").step(batch)

    for name, gradient in gradients.items():
        for _ in range(4):
            direction = rng.standard_normal(gradient.shape) / math.sqrt(gradient.size)
            slope = (loss(name, direction, 1e-6) - loss(name, direction, -1e-6)) / 2e-6
            assert slope == pytest.approx(np.vdot(gradient, direction), rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_gradients_change_nothing_and_are_what_a_step_takes(framework: str, program: str, dtype: str) -> None:
    initial, (batch, *_) = start(program, dtype), make_batches(program, dtype)
    with closing(load(framework, program, initial, rate=RATES[program], dtype=dtype)) as twin:
        gradients = twin.gradients(batch)
        before = twin.parameters()
        twin.step(batch)
        after = twin.parameters()
    # A gradient recovered from two parameters carries their rounding, divided by the rate.
    slack = 8 * np.finfo(dtype).eps / RATES[program]
    for name, value in initial.items():
        assert gradients[name].dtype == before[name].dtype == np.dtype(dtype)
        assert gradients[name].shape == value.shape
        assert np.array_equal(before[name], value)
        taken = (before[name] - after[name]) / RATES[program]
        np.testing.assert_allclose(gradients[name], taken, rtol=1e-5, atol=slack * max(1, np.abs(value).max()))


def test_what_is_handed_over_is_shared_with_nobody(framework: str, program: str) -> None:
    initial, (batch, *_) = start(program, "float32"), make_batches(program, "float32")
    given = {name: value.copy() for name, value in {**initial, **batch}.items()}
    with closing(load(framework, program, initial, rate=RATES[program])) as twin:
        held, gradients = twin.parameters(), twin.gradients(batch)
        before = {name: value.copy() for name, value in held.items()}
        twin.step(batch)
        twin.step(batch)
        after = twin.parameters()
        for name, value in held.items():
            assert np.array_equal(value, before[name])
            assert value.flags.owndata
            assert value.flags.c_contiguous
            value[...] = np.nan
            gradients[name][...] = np.nan
        for name, value in twin.parameters().items():
            assert np.array_equal(value, after[name])
    for name, value in {**initial, **batch}.items():
        assert np.array_equal(value, given[name])


def test_the_nce_loss_is_the_formula() -> None:
    """Example by example, as the definition reads: log-odds less the log of the expected count."""
    initial, (batch, *_) = start("word2vec"), make_batches("word2vec")
    embeddings, weights, biases = initial.values()

    def surprise(embed: np.ndarray, word: int, expected: float, truth: bool) -> float:
        logit = embed @ weights[word] + biases[word] - math.log(expected)
        return math.log1p(math.exp(-logit if truth else logit))

    total = 0.0
    for i, center in enumerate(batch["inputs"]):
        total += surprise(embeddings[center], batch["labels"][i, 0], batch["true_expected"][i, 0], True)
        for word, expected in zip(batch["sampled"], batch["sampled_expected"], strict=True):
            total += surprise(embeddings[center], word, expected, False)
    loss = load("numpy", "word2vec", initial, rate=1.0, dtype="float64").step(batch)
    assert loss == pytest.approx(total / 20, rel=1e-13)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_softplus_is_right_at_every_size(dtype: str) -> None:
    near = {"rel": 4 * float(np.finfo(dtype).eps), "abs": float(np.finfo(dtype).tiny)}
    for x in (-700.0, -50.0, -17.0, -1e-9, 0.0, 0.375, 17.0, 50.0, 700.0):
        loss, slope = _softplus(np.full(3, x, dtype))
        assert loss / 3 == pytest.approx(max(x, 0) + math.log1p(math.exp(-abs(x))), **near)
        assert slope.tolist() == pytest.approx([1 / (1 + math.exp(-x))] * 3, **near)
        assert slope.dtype == dtype


def test_repeated_ids_add_up_and_other_rows_stay(framework: str) -> None:
    initial, (batch, *_) = start("word2vec"), make_batches("word2vec", count=1)
    batch |= {
        "inputs": np.full(20, 4, np.int32),
        "labels": np.array([[5], [6]] * 10, np.int32),
        "sampled": np.array([5, 5, 7, 4, 7, 5], np.int32),
    }
    with closing(load(framework, "word2vec", initial, rate=0.5, dtype="float64")) as twin:
        gradients = twin.gradients(batch)
        twin.step(batch)
        after = twin.parameters()
    assert np.flatnonzero(gradients["embeddings"].any(axis=1)).tolist() == [4]
    assert np.flatnonzero(gradients["nce_weights"].any(axis=1)).tolist() == [4, 5, 6, 7]
    for name, value in after.items():
        np.testing.assert_allclose(value, initial[name] - 0.5 * gradients[name], rtol=0, atol=1e-14)
        untouched = gradients[name].reshape(50, -1).any(axis=1) == 0
        assert np.array_equal(value[untouched], initial[name][untouched])
    expected = load("numpy", "word2vec", initial, rate=0.5, dtype="float64").gradients(batch)
    for name, gradient in gradients.items():
        np.testing.assert_allclose(gradient, expected[name], rtol=1e-12, atol=1e-14)


def test_extreme_logits_are_not_cut_off(framework: str) -> None:
    """Logits of 20 to 45, where a softplus with a threshold, or log(1 + exp(x)) as it stands, is wrong in float64."""
    initial, (batch, *_) = start("word2vec"), make_batches("word2vec", count=1)
    initial["nce_biases"] = np.linspace(20.0, 45.0, 50)
    batch["true_expected"] = batch["true_expected"] * np.exp(60.0)
    with closing(load(framework, "word2vec", initial, rate=0.5, dtype="float64")) as twin:
        gradients, loss = twin.gradients(batch), twin.step(batch)
    reference = load("numpy", "word2vec", initial, rate=0.5, dtype="float64")
    for name, gradient in reference.gradients(batch).items():
        np.testing.assert_allclose(gradients[name], gradient, rtol=1e-12, atol=1e-14)
    assert loss == pytest.approx(reference.step(batch), rel=1e-14)


def test_a_single_example_and_no_repeated_id(framework: str) -> None:
    initial, (batch, *_) = start("word2vec"), make_batches("word2vec", count=1, size=1)
    batch |= {"inputs": np.array([3], np.int32), "labels": np.array([[0]], np.int32)}
    batch |= {"sampled": np.arange(6, 12, dtype=np.int32)}
    with closing(load(framework, "word2vec", initial, rate=0.5, dtype="float64")) as twin:
        gradients = twin.gradients(batch)
        twin.step(batch)
        for name, value in twin.parameters().items():
            np.testing.assert_allclose(value, initial[name] - 0.5 * gradients[name], rtol=0, atol=1e-14)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_textbook_runs_into_log_of_zero_at_the_same_step(framework: str, dtype: str) -> None:
    """The lecture's rate and weights from -1..1: finite once, then the first step has pushed predictions to 0."""
    initial = {name: 5 * value for name, value in start("softmax_textbook", dtype).items()}
    batches = make_batches("softmax_textbook", dtype, count=4, size=100)
    with closing(load(framework, "softmax_textbook", initial, rate=0.5, dtype=dtype)) as twin:
        finite = []
        for batch in batches:
            loss = twin.step(batch)
            finite.append((math.isfinite(loss), all(np.isfinite(value).all() for value in twin.parameters().values())))
    assert finite == [(True, True), (False, False), (False, False), (False, False)]


def test_jax_keeps_its_global_setting_and_its_precision() -> None:
    jax = pytest.importorskip("jax")
    pytest.importorskip("optax")
    for wide, dtype in ((False, "float64"), (True, "float32")):
        initial, (batch, *_) = start("word2vec", dtype), make_batches("word2vec", dtype)
        with jax.enable_x64(wide), closing(load("jax", "word2vec", initial, rate=0.5, dtype=dtype)) as twin:
            twin.step(batch)
            assert {value.dtype.name for value in twin.parameters().values()} == {dtype}
            assert {value.dtype.name for value in twin.gradients(batch).values()} == {dtype}
            assert jax.config.jax_enable_x64 == wide


def test_jax_never_copies_a_table() -> None:
    pytest.importorskip("jax")
    pytest.importorskip("optax")
    batch, *_ = make_batches("word2vec", "float32")
    twin: Any = load("jax", "word2vec", start("word2vec", "float32"), rate=0.5)
    twin.step(batch)
    for _ in range(2):
        at = {name: value.unsafe_buffer_pointer() for name, value in twin.values.items()}
        held = twin.parameters()
        twin.step(batch)
        assert {name: value.unsafe_buffer_pointer() for name, value in twin.values.items()} == at
        assert held
    twin.close()


def test_tensorflow_stays_as_it_was() -> None:
    tf = pytest.importorskip("tensorflow")
    eager, graph = tf.executing_eagerly(), tf.compat.v1.get_default_graph()
    batch, *_ = make_batches("linear_regression", "float32")
    twins = [load("tensorflow", "linear_regression", start("linear_regression", "float32"), rate=r) for r in (0.1, 0.0)]
    assert twins[0].step(batch) == twins[1].step(batch)
    assert twins[0].step(batch) < twins[1].step(batch)
    for twin in twins:
        twin.close()
    assert tf.executing_eagerly() == eager
    assert tf.compat.v1.get_default_graph() is graph


def test_closing_twice_is_harmless(framework: str, program: str) -> None:
    twin = load(framework, program, start(program, "float32"), rate=0.1)
    twin.close()
    twin.close()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"framework": "theano"}, "framework must be one of numpy, tensorflow, tensorflow2, torch, jax, not 'theano'"),
        ({"program": "lstm"}, "program must be one of linear_regression, .*, not 'lstm'"),
        ({"dtype": "float16"}, "dtype must be one of float32, float64, not 'float16'"),
        ({"initial": {}}, "starts from the parameters weights, bias; given: none"),
        ({"device": "cuda"}, "NumPy computes on the CPU only"),
    ],
)
def test_what_is_not_offered_is_refused(change: dict[str, Any], message: str) -> None:
    chosen: dict[str, Any] = {"framework": "numpy", "program": "linear_regression", "rate": 0.1}
    chosen["initial"] = start("linear_regression")
    with pytest.raises(ValueError, match=message):
        load(**{**chosen, **change})
