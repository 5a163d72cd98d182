"""The TensorFlow 1 face: the lecture's lines as printed, conversions, signatures, and help for what is missing."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap

import numpy as np
import pytest
import samegraph.tf1 as tf

from tests.oracle_cases import ANSWERS, public_names, signatures


@pytest.fixture(autouse=True)
def graph():
    tf.reset_default_graph()
    yield tf.get_default_graph()
    tf.reset_default_graph()


def python(code, *arguments):
    """What a fresh interpreter prints for `code`."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *arguments], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


# The lecture ------------------------------------------------------------------------------------------------------------


def test_the_graph_of_the_first_slides():
    b = tf.Variable(tf.zeros((100,)))
    W = tf.Variable(tf.random_uniform((784, 100), -1, 1))
    x = tf.placeholder(tf.float32, (100, 784))
    h = tf.nn.relu(tf.matmul(x, W) + b)

    assert len(W.op.inputs) == 0 == len(x.op.inputs)
    assert [op.type for op in (h.op, h.op.inputs[0].op, h.op.inputs[0].op.inputs[0].op)] == ["Relu", "Add", "MatMul"]

    sess = tf.Session()
    sess.run(tf.initialize_all_variables())
    value = sess.run(h, {x: np.random.random((100, 784))})
    assert value.shape == (100, 100) and (value >= 0).all() and value.any()


def test_the_training_lines():
    x = tf.placeholder(tf.float32, [100, 64])
    W = tf.Variable(tf.random_uniform((64, 10), -1, 1))
    b = tf.Variable(tf.zeros((10,)))
    h = tf.matmul(x, W) + b
    prediction = tf.nn.softmax(h)
    label = tf.placeholder(tf.float32, [100, 10])
    cross_entropy = -tf.reduce_sum(label * tf.log(prediction), axis=1)
    loss = tf.reduce_mean(cross_entropy)
    train_step = tf.train.GradientDescentOptimizer(0.5).minimize(loss)

    rng = np.random.default_rng(0)
    batch_x = rng.random((100, 64))
    batch_label = np.eye(10)[(batch_x @ rng.normal(size=(64, 10))).argmax(1)]
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        losses = []
        for _ in range(30):
            _, value = sess.run([train_step, loss], feed_dict={x: batch_x, label: batch_label})
            losses.append(value)
    assert losses[-1] < 0.5 * losses[0] and np.isfinite(losses).all()
    assert train_step.type == "NoOp" and cross_entropy.shape == (100,)


def test_the_printed_loss_is_minimised_as_it_stands():
    x = tf.placeholder(tf.float32, (100, 784))
    label = tf.placeholder(tf.float32, [100, 10])
    prediction = tf.nn.softmax(
        tf.matmul(x, tf.Variable(tf.random_uniform((784, 10), -1, 1))) + tf.Variable(tf.zeros((10,)))
    )
    cross_entropy = -tf.reduce_sum(label * tf.log(prediction), axis=1)
    train_step = tf.train.GradientDescentOptimizer(0.5).minimize(cross_entropy)
    with tf.Session() as sess:
        sess.run(tf.initialize_all_variables())
        assert sess.run(train_step, {x: np.random.random((100, 784)), label: np.eye(10)[np.zeros(100, int)]}) is None


def test_the_dictionary_of_variables():
    variables_dict = {
        "weights": tf.Variable(tf.random_normal([782, 100]), name="weights"),
        "biases": tf.Variable(tf.zeros([100]), name="biases"),
    }
    assert {k: v.name for k, v in variables_dict.items()} == {"weights": "weights:0", "biases": "biases:0"}


def test_the_variable_scopes():
    with tf.variable_scope("foo"):
        v = tf.get_variable("v", shape=[1])
    assert v.name == "foo/v:0"

    with tf.variable_scope("foo", reuse=True):
        v1 = tf.get_variable("v")
    assert v1 is v

    with (
        tf.variable_scope("foo", reuse=False),
        pytest.raises(ValueError, match="Variable foo/v already exists, disallowed"),
    ):
        v1 = tf.get_variable("v")


def test_the_live_coded_linear_regression():
    def generate_dataset():
        x_batch = np.linspace(-1, 1, 101)
        y_batch = 2 * x_batch + np.random.randn(*x_batch.shape) * 0.3
        return x_batch, y_batch

    def linear_regression():
        x = tf.placeholder(tf.float32, shape=(None,), name="x")
        y = tf.placeholder(tf.float32, shape=(None,), name="y")
        with tf.variable_scope("lreg") as scope:
            w = tf.Variable(np.random.normal(), name="W")
            y_pred = tf.mul(w, x)
            loss = tf.reduce_mean(tf.square(y_pred - y))
        assert scope.name == "lreg" and w.name == "lreg/W:0" and w.dtype == tf.float32
        return x, y, y_pred, loss

    x_batch, y_batch = generate_dataset()
    x, y, y_pred, loss = linear_regression()
    optimizer = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    init = tf.global_variables_initializer()
    with tf.Session() as session:
        session.run(init)
        feed_dict = {x: x_batch, y: y_batch}
        for _ in range(60):
            loss_val, _ = session.run([loss, optimizer], feed_dict)
        y_pred_batch = session.run(y_pred, {x: x_batch})
    assert loss_val.mean() < 0.2
    assert np.polyfit(x_batch, y_pred_batch, 1)[0] == pytest.approx(2.0, abs=0.3)


def test_the_live_coded_word2vec():
    batch_size, vocabulary_size, embedding_size, num_sampled = 32, 50, 8, 16
    train_inputs = tf.placeholder(tf.int32, shape=[batch_size])
    train_labels = tf.placeholder(tf.int32, shape=[batch_size, 1])
    valid_dataset = tf.constant(np.arange(4), dtype=tf.int32)
    with tf.device("/cpu:0"):
        embeddings = tf.Variable(tf.random_uniform([vocabulary_size, embedding_size], -1.0, 1.0))
        embed = tf.nn.embedding_lookup(embeddings, train_inputs)
        nce_weights = tf.Variable(
            tf.truncated_normal([vocabulary_size, embedding_size], stddev=1.0 / np.sqrt(embedding_size))
        )
        nce_biases = tf.Variable(tf.zeros([vocabulary_size]))
    loss = tf.reduce_mean(
        tf.nn.nce_loss(
            weights=nce_weights,
            biases=nce_biases,
            labels=train_labels,
            inputs=embed,
            num_sampled=num_sampled,
            num_classes=vocabulary_size,
        )
    )
    optimizer = tf.train.GradientDescentOptimizer(1.0).minimize(loss)
    norm = tf.sqrt(tf.reduce_sum(tf.square(embeddings), 1, keep_dims=True))
    normalized_embeddings = embeddings / norm
    valid_embeddings = tf.nn.embedding_lookup(normalized_embeddings, valid_dataset)
    similarity = tf.matmul(valid_embeddings, normalized_embeddings, transpose_b=True)
    init = tf.initialize_all_variables()

    rng = np.random.default_rng(0)
    with tf.Session() as session:
        init.run()
        losses = []
        for _ in range(60):
            ids = rng.integers(0, vocabulary_size, batch_size)
            feed_dict = {train_inputs: ids, train_labels: ((ids + 1) % vocabulary_size)[:, None]}
            _, loss_val = session.run([optimizer, loss], feed_dict=feed_dict)
            losses.append(loss_val)
        sim = similarity.eval()
    assert np.mean(losses[-10:]) < 0.7 * np.mean(losses[:10])
    assert sim.shape == (4, vocabulary_size) and np.allclose(sim[np.arange(4), np.arange(4)], 1.0, atol=1e-5)


# Conversions ------------------------------------------------------------------------------------------------------------

F64 = np.ones((2, 2))


def x32():
    return tf.placeholder(tf.float32, [2, 2])


@pytest.mark.parametrize(
    ("build", "dtype"),
    [
        (lambda: x32() * F64, "float32"),
        (lambda: F64 * x32(), "float32"),
        (lambda: x32() + np.float64(1), "float32"),
        (lambda: np.float64(1) - x32(), "float32"),
        (lambda: x32() / 2, "float32"),
        (lambda: 1 / x32(), "float32"),
        (lambda: [[1, 2], [3, 4]] @ x32(), "float32"),
        (lambda: tf.Variable(F64) * 2, "float64"),
        (lambda: tf.Variable(2.0) * F64, "float32"),
        (lambda: tf.matmul(x32(), F64), "float32"),
        (lambda: tf.add(x32(), F64), "float32"),
        (lambda: tf.maximum(x32(), 0), "float32"),
        (lambda: tf.concat([F64, x32()], 0), "float32"),
        (lambda: tf.stack([F64, x32()]), "float32"),
        (lambda: tf.stack([1, x32()[0, 0]]), "float32"),
        (lambda: tf.constant(F64), "float64"),
        (lambda: tf.reduce_sum(F64), "float64"),
        (lambda: tf.constant(F64.astype(np.float32)), "float32"),
        (lambda: tf.constant(np.arange(3)), "int64"),
        (lambda: tf.constant(1.0), "float32"),
        (lambda: tf.constant(1), "int32"),
        (lambda: tf.constant(2**40), "int64"),
        (lambda: tf.constant([1, 2.5]), "float32"),
        (lambda: tf.constant(True), "bool"),
        (lambda: tf.constant("text"), "string"),
        (lambda: tf.constant(1, tf.float64), "float64"),
        (lambda: tf.constant(7) / tf.constant(2), "float64"),
        (lambda: tf.constant(7) / 2, "float64"),
        (lambda: tf.constant(7) // 2, "int32"),
        (lambda: tf.convert_to_tensor(F64), "float64"),
        (lambda: tf.convert_to_tensor(F64, tf.float32), "float32"),
        (lambda: tf.convert_to_tensor(1, preferred_dtype=tf.float32), "float32"),
        (lambda: tf.convert_to_tensor(1.5, preferred_dtype=tf.int32), "float32"),
        (lambda: tf.zeros([2], tf.int32) + 1, "int32"),
    ],
)
def test_what_is_no_tensor_follows_its_neighbour(build, dtype):
    assert build().dtype.name == dtype


@pytest.mark.parametrize(
    "build",
    [
        lambda: tf.matmul(F64, x32()),
        lambda: tf.constant(1) + 1.5,
        lambda: tf.constant(1) + np.float64(1),
        lambda: tf.constant([1]) + tf.constant([1.0]),
        lambda: tf.add(tf.constant(1), tf.constant(1.0)),
        lambda: x32() * tf.constant(F64),
        lambda: tf.concat([x32(), tf.constant(F64)], 0),
        lambda: tf.convert_to_tensor(x32(), tf.float64),
        lambda: tf.constant(1.5, tf.int32),
        lambda: tf.constant([[1], [1, 2]]),
    ],
)
def test_tensors_never_promote(build):
    with pytest.raises((TypeError, ValueError)):
        build()


def test_what_a_tensor_refuses():
    x = x32()
    with pytest.raises(TypeError, match=r"Using a `tf.Tensor` as a Python `bool` is not allowed"):
        bool(x > 0)
    with pytest.raises(TypeError, match="only iterable when eager execution"):
        list(x)
    with pytest.raises(TypeError, match="no value before the graph runs"):
        np.asarray(x)


def test_old_orders_of_arguments_are_explained():
    x = tf.zeros([2, 2])
    with pytest.raises(TypeError, match=r"before 1.0; write tf.concat\(values, axis\)"):
        tf.concat(1, [x, x])
    with pytest.raises(TypeError, match=r"before 1.0; write tf.split\(value, num, axis\)"):
        tf.split(1, 2, x)


@pytest.mark.parametrize(
    ("build", "text"),
    [
        (
            lambda: tf.reduce_sum([1.0], axis=0, reduction_indices=0),
            "Cannot specify both 'reduction_indices' and 'axis'.",
        ),
        (lambda: tf.squeeze([[1.0]], 0, squeeze_dims=0), "Cannot specify both 'squeeze_dims' and 'axis'."),
        (lambda: tf.nn.softmax([1.0], axis=0, dim=0), "Cannot specify both 'dim' and 'axis'."),
        (lambda: tf.expand_dims([1.0]), "Must specify an axis argument to tf.expand_dims()"),
        (
            lambda: tf.matmul([[1.0]], [[1.0]], transpose_a=True, adjoint_a=True),
            "Only one of transpose_a and adjoint_a can be True.",
        ),
        (lambda: tf.add_n([]), "at least one Tensor"),
        (lambda: tf.add_n([tf.zeros([2]), tf.zeros([3])]), "tensors of one shape"),
        (lambda: tf.unstack(tf.placeholder(tf.float32, [None, 2])), "Cannot infer argument `num` from shape (?, 2)"),
        (lambda: tf.where([True], [1.0], [1.0, 2.0]), "tf.where_v2 broadcasts"),
        (lambda: tf.where([True], [1.0]), "x and y must both be non-None or both be None."),
        (lambda: tf.scalar_mul([1.0, 2.0], [1.0]), "0-D"),
    ],
)
def test_wrong_calls(build, text):
    with pytest.raises(ValueError) as caught:
        build()
    assert text in str(caught.value)


def test_constants():
    made = [
        tf.constant([1, 2], shape=[2, 2]),
        tf.constant(3, shape=[2]),
        tf.constant([[1, 2]], shape=[1, 2], verify_shape=True),
    ]
    with tf.Session() as session:
        assert [v.tolist() for v in session.run(made)] == [[[1, 2], [2, 2]], [3, 3], [[1, 2]]]
    with pytest.raises(TypeError, match=r"Expected Tensor's shape: \(2,\), got \(3,\)."):
        tf.constant([1, 2, 3], shape=[2], verify_shape=True)
    with pytest.raises(ValueError, match="Too many elements"):
        tf.constant([1, 2, 3], shape=[2])


# Signatures -------------------------------------------------------------------------------------------------------------

RECORDED = json.loads(ANSWERS.read_text())["signatures"]
LATER = {  # arguments that TensorFlow got after 1.15
    *(
        "align",
        "exponential_avg_factor",
        "layout",
        "bad_indices_policy",
        "index_type",
        "output_type",
        "grad_a",
        "grad_b",
        "use_own_namescope_for_non_slot_vars",
    ),
}
OTHERWISE = {
    **dict.fromkeys(["mul", "sub", "neg"], "a name from before 1.0"),
    **dict.fromkeys(["lin_space", "linspace"], "axis came after 1.15"),
    **dict.fromkeys(
        ["assign", "assign_add", "assign_sub", "scatter_add", "scatter_sub"], "use_locking has no meaning here"
    ),
    **dict.fromkeys(["shape", "size"], "1.15 says int32 where 2.21 says None"),
    "Session": "backend, device and gradients choose what runs it",
    "InteractiveSession": "as Session",
    "Variable": "the oracle hides its arguments",
    "IndexedSlices": "like: the table it belongs to",
    "OpError": "the code may be left out",
    "train.Optimizer": "use_locking and name have defaults",
    "TensorShape": "the argument is given by position",
    "as_dtype": "the argument is given by position",
    "all_variables": "also takes a scope",
    "group": "the oracle hides its arguments",
    "gradients": "unconnected_gradients is a word",
}
OPTIONS = {  # other libraries' spellings of an optimizer, by keyword alone
    "train.AdamOptimizer": {"epsilon_hat"},
    "train.MomentumOptimizer": {"rate_in_velocity"},
    "train.AdagradOptimizer": {"epsilon", "epsilon_outside"},
    "train.RMSPropOptimizer": {"initial_mean_square", "epsilon_outside", "rate_outside"},
}
BEYOND = {"train.AdamWOptimizer", "train.LambOptimizer"}  # TensorFlow 1 has none
INNER = {"DType", "Tensor", "Operation", "UnconnectedGradients"}  # not made by calling them


def test_every_public_name_exists():
    names = public_names(tf)
    assert len(names) == len(set(names))
    for name in names:
        holder = tf
        for part in name.split("."):
            holder = getattr(holder, part)


def test_every_signature_is_tensorflow_1s():
    compared = 0
    for name, ours in signatures(tf, public_names(tf)).items():
        theirs = RECORDED.get(name, "none")
        if name in OTHERWISE or name in INNER or theirs == "none":
            continue
        if name in BEYOND:
            assert theirs == "absent", f"TensorFlow 1 has tf.{name}"
            continue
        assert theirs != "absent", f"TensorFlow 1 has no tf.{name}"
        theirs = [p for p in theirs if p[0] not in LATER or p in ours]
        left_out = {"_sentinel", *OPTIONS.get(name, ())}
        assert [p for p in ours if p[0] not in left_out] == theirs, f"tf.{name}"
        compared += 1
    assert compared > 180


def test_names_given_by_position_as_tensorflow_1_takes_them():
    x = x32()
    made = [
        tf.add(x, x, "a"),
        tf.abs(x, "b"),
        tf.nn.relu(x, "c"),
        tf.reduce_sum(x, 1, True, "d"),
        tf.argmax(x, 1, "e"),
        tf.shape(x, "f"),
    ]
    assert [t.op.name for t in made] == list("abcdef")
    assert [t.op.name for t in (tf.truediv(x, x), tf.div(x, x), tf.constant(1.0), tf.concat([x, x], 0))] == [
        "truediv",
        "div",
        "Const",
        "concat",
    ]


# What is missing --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (
            "train.AdamOptimiser",
            "samegraph has no tf.train.AdamOptimiser yet; the nearest names it has: tf.train.AdamOptimizer",
        ),
        ("AdamOptimizer", "samegraph has no tf.AdamOptimizer yet; the nearest names it has: tf.train.AdamOptimizer"),
        ("relu", "samegraph has no tf.relu yet; the nearest names it has: tf.nn.relu"),
        ("variable_scop", "tf.variable_scope"),
        ("nn.reduce_mean", "tf.reduce_mean"),
        ("contrib.slim", "samegraph has no tf.contrib.slim yet"),
        ("app.flags.DEFINE_strin", "tf.flags.DEFINE_string"),
        ("python.framework.ops.no_such_thing", "samegraph has no tf.python.framework.ops.no_such_thing yet"),
    ],
)
def test_help_for_what_is_missing(path, text):
    holder = tf
    with pytest.raises(AttributeError) as caught:
        for part in path.split("."):
            holder = getattr(holder, part)
    assert text in str(caught.value)


def test_asking_whether_a_name_exists():
    assert not hasattr(tf, "load_op_library") and hasattr(tf, "nn")
    assert getattr(tf, "no_such_thing", 3) == 3


# Modules ----------------------------------------------------------------------------------------------------------------


def test_modules_by_import_and_by_attribute():
    import samegraph.tf1.compat.v1 as v1
    from samegraph.tf1.app import flags
    from samegraph.tf1.compat import v1 as again
    from samegraph.tf1.python.framework import dtypes, ops

    assert v1 is again is tf is tf.compat.v1
    assert flags is tf.flags is tf.app.flags
    assert ops.reset_default_graph is tf.reset_default_graph and tf.python.framework.ops is ops
    assert ops.GraphKeys is tf.GraphKeys and dtypes.float32 == tf.float32
    before = tf.get_default_graph()
    ops.reset_default_graph()
    assert tf.get_default_graph() is not before
    assert tf.test.mock.patch.object is not None


def test_the_version_reads_as_tensorflow_1():
    major, minor = tf.__version__.split(".")[:2]
    assert (int(major), int(minor)) == (1, 15) and "samegraph" in tf.VERSION


def test_switches_that_are_true_already():
    tf.disable_eager_execution(), tf.disable_v2_behavior(), tf.enable_resource_variables()
    assert tf.executing_eagerly() is False and tf.resource_variables_enabled() is True


def test_configuration_is_held():
    config = tf.ConfigProto(allow_soft_placement=True, gpu_options=tf.GPUOptions(per_process_gpu_memory_fraction=0.3))
    config.gpu_options.allow_growth = True
    config.graph_options.optimizer_options.global_jit_level = tf.OptimizerOptions.ON_1
    options, metadata = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE), tf.RunMetadata()
    with tf.Session(config=config) as session:
        assert session.run(tf.constant(1.0), options=options, run_metadata=metadata) == 1.0
    with pytest.raises(AttributeError):
        config.alow_growth = True
    with tf.Session(config=tf.ConfigProto(backend="numpy")) as session:
        assert session.backend.name == "numpy"


def test_an_interactive_session():
    session = tf.InteractiveSession()
    w = tf.Variable([1.0, 2.0])
    tf.global_variables_initializer().run()
    assert (w * 2).eval().tolist() == [2.0, 4.0]
    session.close()
    with pytest.raises(ValueError, match="default session"):
        w.eval()


def test_text_and_bytes():
    assert tf.compat.as_str(b"word") == "word" == tf.compat.as_text("word")
    assert tf.compat.as_bytes("é") == "é".encode() and tf.compat.as_str_any(3) == "3"
    with pytest.raises(TypeError, match="Expected binary or unicode string, got 3"):
        tf.compat.as_bytes(3)


def test_dtypes():
    assert (tf.float32.name, tf.float32.as_numpy_dtype, tf.double) == ("float32", np.float32, tf.float64)
    assert tf.as_dtype(np.float64) == tf.float64 and tf.as_dtype("int32") == tf.int32 and tf.int8.is_integer
    assert tf.placeholder(tf.float32, [None, 3]).get_shape().as_list() == [None, 3]


def test_collections_and_control():
    w = tf.Variable(1.0, name="w")
    tf.add_to_collection("mine", w)
    assert tf.get_collection("mine") == [w] == tf.get_collection_ref("mine")
    up = tf.assign(w, 5.0)
    with tf.control_dependencies([up]):
        after = tf.identity(w)
    both = tf.tuple([w, after])
    with tf.Session() as session:
        session.run(tf.initialize_all_variables())
        assert session.run(after) == 5.0 and len(both) == 2
        assert session.run(tf.group(up, tf.no_op())) is None


# Programs and their flags -----------------------------------------------------------------------------------------------

PROGRAM = """
import samegraph.tf1 as tf
flags = tf.app.flags
flags.DEFINE_integer("steps", 3, "How many steps.")
flags.DEFINE_float("rate", 0.5, "100% of what is needed")
flags.DEFINE_boolean("fast", True, "")
flags.DEFINE_boolean("slow", False, "")
flags.DEFINE_string("name", "none", None)
FLAGS = flags.FLAGS

def main(argv):
    print(FLAGS.steps, FLAGS.rate, FLAGS.fast, FLAGS.slow, FLAGS.name, argv[1:])

if __name__ == "__main__":
    tf.app.run()
"""


def test_a_programs_main_function_and_flags():
    assert python(PROGRAM) == "3 0.5 True False none []"
    given = ["--steps=5", "--rate", "0.1", "--nofast", "--slow", "--name=x", "more"]
    assert python(PROGRAM, *given) == "5 0.1 False True x ['more']"


def test_flags_inside_a_program():
    flags = tf.app.flags
    flags.DEFINE_enum("samegraph_test_kind", "a", ["a", "b"], "")
    flags.DEFINE_list("samegraph_test_list", "a,b", "")
    flags.FLAGS(["program", "--samegraph_test_kind=b"])
    assert flags.FLAGS.samegraph_test_kind == "b" and flags.FLAGS["samegraph_test_list"] == ["a", "b"]
    flags.FLAGS.samegraph_test_kind = "a"
    assert flags.FLAGS.samegraph_test_kind == "a" and "samegraph_test_kind" in flags.FLAGS
    with pytest.raises(AttributeError, match="no flag 'samegraph_test_none' was declared"):
        flags.FLAGS.samegraph_test_none  # noqa: B018


def test_the_import_is_light():
    """No framework, no test library, and little time of the processor beside NumPy's."""
    heavy = ["tensorflow", "torch", "jax", "keras", "hypothesis", "pytest", "asyncio", "samegraph_numpy"]
    code = f"""
        import time, sys, numpy, ml_dtypes
        before = time.process_time()
        import samegraph.tf1
        spent = time.process_time() - before
        print([m for m in {heavy} if m in sys.modules], spent < 1.0)
    """
    assert python(code) == "[] True"


def test_the_users_line_is_the_programs():
    with pytest.raises(ValueError, match=r"test_tf1_face.py:\d+: b = tf.matmul"):
        a = tf.zeros([2, 3])
        b = tf.matmul(a, tf.zeros([3, 4]))
        tf.nn.xw_plus_b(a, b, tf.zeros([4]))
