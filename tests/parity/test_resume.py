"""A training saved on one backend and resumed on another; TensorFlow 1's own checkpoints; its Saver as the oracle."""

from __future__ import annotations

import itertools
import os

import numpy as np
import pytest
import samegraph
import samegraph.tf1 as tf
from samegraph.compare import reference
from samegraph.compare.recording import GraphRunner, distance, record
from samegraph.programs.model import Model, Program
from samegraph.session import Session

BACKENDS = ["numpy", "torch", "jax", "tensorflow"]
HALF, STEPS = 100, 200


def build(dtype):
    """Words that predict their neighbours: rows of a table, sampled classes, dropout, Adam under a falling rate."""
    tf.set_random_seed(11)
    centre, context = tf.placeholder(tf.int32, [None]), tf.placeholder(tf.int32, [None, 1])
    with tf.variable_scope("words", dtype=dtype):
        table = tf.get_variable("table", [30, 8], dtype, tf.random_uniform_initializer(-1.0, 1.0, dtype=dtype))
        weights = tf.get_variable("weights", [30, 8], dtype, tf.random_normal_initializer(stddev=0.3, dtype=dtype))
        biases = tf.get_variable("biases", [30], dtype, tf.zeros_initializer(dtype))
    hidden = tf.nn.dropout(tf.nn.embedding_lookup(table, centre), keep_prob=0.8)
    loss = tf.reduce_mean(tf.nn.nce_loss(weights, biases, context, hidden, num_sampled=6, num_classes=30))
    variables = [table, weights, biases]
    count = tf.train.get_or_create_global_step()
    rate = tf.cast(tf.train.exponential_decay(0.05, count, 50, 0.7), dtype)
    train = tf.train.AdamOptimizer(rate).minimize(loss, global_step=count)
    return Model(
        graph=tf.get_default_graph(),
        inputs={"centre": centre, "context": context},
        loss=loss,
        train=train,
        init=tf.global_variables_initializer(),
        parameters={v.op.name: v for v in variables},
        gradients=dict(zip((v.op.name for v in variables), tf.gradients(loss, variables), strict=True)),
    )


def batches(steps):
    rng = np.random.default_rng(3)
    for _ in range(steps):
        centre = rng.integers(0, 30, 16)
        yield {"centre": centre, "context": (centre[:, None] + rng.integers(-1, 2, (16, 1))) % 30}


PROGRAM = Program("resumed", "", "Resumed", STEPS, 0.05, build, batches)


@pytest.fixture(scope="module")
def bounds():
    """How far a float32 training may be from another at each step, as samegraph compare decides it."""
    return reference.make(PROGRAM, STEPS, lambda what, step: None)


@pytest.fixture(scope="module")
def trained(tmp_path_factory, torch, jax, oracle):
    """By backend: the parameters after 200 steps in a row, the losses, and the checkpoint that was saved after 100."""
    found = {}
    for backend in BACKENDS:
        runner = GraphRunner(PROGRAM, backend, "native", tf.float32)
        with runner.model.graph.as_default():
            saver = tf.train.Saver()
        steps, losses = iter(batches(STEPS)), []
        for i, batch in enumerate(steps):
            if i == HALF:
                prefix = saver.save(runner.session, str(tmp_path_factory.mktemp(backend) / "m"), global_step=i)
            losses.append(runner.step(batch))
        found[backend] = runner.parameters(), losses, prefix
        runner.close()
    return found


@pytest.mark.parametrize(("a", "b"), [(a, b) for a in BACKENDS for b in BACKENDS])
def test_resumed_elsewhere(bounds, trained, a, b):
    """100 steps on A, saved, 100 on B, equal 200 on A within the bound; on one backend, to the bit."""
    want, losses, prefix = trained[a]
    runner = GraphRunner(PROGRAM, b, "native", tf.float32)
    with runner.model.graph.as_default():
        tf.train.Saver().restore(runner.session, prefix)
    resumed = [runner.step(batch) for batch in itertools.islice(batches(STEPS), HALF, None)]
    got = runner.parameters()
    runner.close()
    assert np.mean(losses[-20:]) < 0.8 * np.mean(losses[:20]) and np.isfinite(losses).all()
    apart = distance(got, want)
    assert apart <= bounds.distance_bound[max(bounds.distance_bound)], apart
    np.testing.assert_allclose(resumed, losses[HALF:], rtol=max(bounds.loss_bound))
    if a == b:
        assert apart == 0 and resumed == losses[HALF:]


def test_the_bound_notices_other_draws(bounds, trained):
    """Resumed with the variables alone, the draws start again, and the training is another one."""
    want, _, prefix = trained["numpy"]
    runner = GraphRunner(PROGRAM, "numpy", "rules", tf.float32)
    with runner.model.graph.as_default():
        tf.train.Saver().restore(runner.session, prefix)
    runner.session.random.counts.clear()
    recording = record(runner, itertools.islice(batches(STEPS), HALF, None), HALF, [HALF - 1])
    runner.close()
    assert distance(recording.parameters[HALF - 1], want) > 10 * max(bounds.distance_bound.values())


@pytest.mark.parametrize(
    ("a", "b"), [("numpy", "jax"), ("torch", "tensorflow"), ("jax", "torch"), ("tensorflow", "numpy")]
)
def test_published_elsewhere(bounds, trained, tmp_path, a, b):
    want, _, prefix = trained[a]
    runner = GraphRunner(PROGRAM, a, "native", tf.float32)
    with runner.model.graph.as_default():
        tf.train.Saver().restore(runner.session, prefix)
    model = runner.model
    outputs = {"loss": model.loss, "train": model.train, **model.parameters}
    samegraph.publish(None, runner.session, str(tmp_path), inputs=dict(model.inputs), outputs=outputs)
    runner.close()
    loaded = samegraph.load(str(tmp_path), backend=b)
    for batch in itertools.islice(batches(STEPS), HALF, None):
        loaded.run(["train", "loss"], batch)
    got = loaded.run({n: n for n in model.parameters})
    assert distance(got, want) <= bounds.distance_bound[max(bounds.distance_bound)]


# TensorFlow's own checkpoints ----------------------------------------------------------------------------------------------


def classifier(t):
    """Variables of several dtypes, and Adam's slots."""
    x = t.placeholder(t.float32, [None, 3], name="x")
    with t.variable_scope("layer"):
        w = t.get_variable("w", [3, 2], initializer=t.constant_initializer(np.arange(6.0)))
        b = t.get_variable("b", [2], initializer=t.zeros_initializer())
    half = t.Variable(t.cast(t.constant([1.5, -2.25]), t.bfloat16), trainable=False, name="half")
    t.Variable(np.array([[True], [False]]), trainable=False, name="flags")
    t.Variable(np.int64(2**40), trainable=False, name="big")
    loss = t.reduce_sum(t.square(t.matmul(x, w) + b)) + t.cast(half[0], t.float32)
    step = t.train.get_or_create_global_step()
    return t.train.AdamOptimizer(0.1).minimize(loss, global_step=step), loss, x


def trained_three_steps(t, session, made):
    train, loss, x = made
    out = []
    for i in range(3):
        out.append(session.run([loss, train], {x: np.full((2, 3), i + 1.0)})[0])
    return out


@pytest.mark.parametrize("backend", BACKENDS)
def test_tensorflows_checkpoint(oracle, torch, jax, backend, tmp_path):
    """Trained by TensorFlow 1, saved by its Saver, and gone on with here: every variable under its own name."""
    with oracle.Graph().as_default(), oracle.Session() as session:
        made = classifier(oracle)
        session.run(oracle.global_variables_initializer())
        trained_three_steps(oracle, session, made)
        prefix = oracle.train.Saver().save(session, str(tmp_path / "m"), global_step=3)
        names = {v.op.name: session.run(v) for v in oracle.global_variables()}
        want = trained_three_steps(oracle, session, made)
    assert tf.train.latest_checkpoint(str(tmp_path)) == prefix
    with tf.Graph().as_default():
        made = classifier(tf)
        assert {v.op.name for v in tf.global_variables()} == names.keys()
        s = Session(graph=tf.get_default_graph(), backend=backend)
        tf.train.Saver().restore(s, prefix)
        for v in tf.global_variables():
            got, value = np.asarray(s.run(v)), np.asarray(names[v.op.name])
            assert got.dtype == value.dtype and got.tobytes() == value.tobytes(), v.name
        np.testing.assert_allclose(trained_three_steps(tf, s, made), want, rtol=1e-6)


def test_tensorflow_in_the_same_words(oracle, tmp_path):
    """What is wrong with a TensorFlow checkpoint is told as of our own; a damaged one changes nothing."""
    with oracle.Graph().as_default(), oracle.Session() as session:
        oracle.Variable([1.0, 2.0], name="w")
        session.run(oracle.global_variables_initializer())
        prefix = oracle.train.Saver().save(session, str(tmp_path / "m"))
    reader = tf.train.NewCheckpointReader(prefix)
    assert reader.get_variable_to_shape_map() == {"w": [2]} and reader.get_tensor("w").tolist() == [1.0, 2.0]
    with tf.Graph().as_default():
        v = tf.Variable([0.0, 0.0, 0.0], name="w")
        s = tf.Session(backend="numpy")
        s.run(v.initializer)
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"w is float32\(3,\).*float32\(2,\)"):
            tf.train.Saver().restore(s, prefix)
        with pytest.raises(tf.errors.NotFoundError, match="Key v not found"):
            tf.train.Saver({"v": v}).restore(s, prefix)
        data = tmp_path / "m.data-00000-of-00001"
        data.write_bytes(data.read_bytes()[:5])
        u = tf.Variable([7.0, 7.0], name="u")
        s.run(u.initializer)
        with pytest.raises(tf.errors.DataLossError, match=r"cannot be read|cannot read its checkpoint"):
            tf.train.Saver({"w": u}).restore(s, prefix)
        assert s.run(u).tolist() == [7.0, 7.0]
    tf.train.remove_checkpoint(prefix)
    assert os.listdir(tmp_path) == ["checkpoint"]


# Its Saver --------------------------------------------------------------------------------------------------------------------


def kept_files(t, saver_class, folder, **options):
    """What stays of eight saves, an hour apart, and what the state says; by a saver made with these options."""
    w = t.Variable(1.0, name="w")
    session = t.Session()
    session.run(t.global_variables_initializer())
    saver = saver_class(**options)
    found = []
    for i in range(8):
        path = saver.save(session, f"{folder}/m", global_step=i if i != 5 else 3, write_meta_graph=False)
        state = t.train.get_checkpoint_state(str(folder))
        found.append(
            [
                os.path.basename(path),
                sorted(n for n in os.listdir(folder) if n.endswith(".index")),
                [os.path.basename(p) for p in saver.last_checkpoints],
                [os.path.relpath(p, folder) for p in state.all_model_checkpoint_paths],
                os.path.relpath(state.model_checkpoint_path, folder),
                os.path.relpath(t.train.latest_checkpoint(str(folder)), folder),
            ]
        )
    assert w is not None
    return found


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"max_to_keep": 2},
        {"max_to_keep": 0},
        {"max_to_keep": None},
        {"max_to_keep": 3, "pad_step_number": True},
        {"max_to_keep": 1, "save_relative_paths": True},
        {"max_to_keep": 2, "keep_checkpoint_every_n_hours": 0.0},
    ],
    ids=str,
)
def test_as_tensorflows_saver(oracle, tmp_path, options):
    (tmp_path / "theirs").mkdir()
    (tmp_path / "ours").mkdir()
    with oracle.Graph().as_default():
        want = kept_files(oracle, oracle.train.Saver, tmp_path / "theirs", **options)
    with tf.Graph().as_default():
        got = kept_files(tf, tf.train.Saver, tmp_path / "ours", **options)
    assert got == want


def test_each_reads_the_others_state(oracle, tmp_path):
    """The `checkpoint` file is TensorFlow's own form, either way."""
    odd = str(tmp_path / 'a "quoted" \\ ümlaut')
    ours, theirs = str(tmp_path / "ours"), str(tmp_path / "theirs")
    for folder, t in ((ours, tf), (theirs, oracle)):
        os.mkdir(folder)
        t.train.update_checkpoint_state(folder, odd, [f"{odd}-1", odd], None, [1.5, 2e9], 3.25)
    states = [t.train.get_checkpoint_state(f) for f in (ours, theirs) for t in (tf, oracle)]
    for state in states:
        assert state.model_checkpoint_path == odd
        assert list(state.all_model_checkpoint_paths) == [f"{odd}-1", odd]
        assert list(state.all_model_checkpoint_timestamps) == [1.5, 2e9]
        assert state.last_preserved_timestamp == 3.25
