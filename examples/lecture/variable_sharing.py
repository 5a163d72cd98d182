"""One model in two places: separate copies of its variables, a dictionary of them, and variable scopes."""

import numpy as np
import samegraph.tf1 as tf  # or: import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()  # needed under TensorFlow 2, without effect otherwise

QUESTION = [[1.0, 1.0, 1.0]]


def separate_copies(x):
    """tf.Variable makes a new variable at each call, so the two places share nothing."""
    weights = tf.Variable(tf.ones([3, 1]), name="weights")
    biases = tf.Variable(tf.zeros([1]), name="biases")
    return tf.matmul(x, weights) + biases


variables_dict = {
    "weights": tf.Variable(tf.ones([3, 1]), name="weights"),
    "biases": tf.Variable(tf.zeros([1]), name="biases"),
}


def one_dictionary(x):
    """The variables are made once and handed around. It works, until two models want the same name."""
    return tf.matmul(x, variables_dict["weights"]) + variables_dict["biases"]


def one_scope(x):
    """get_variable makes "model/weights" when it is asked for the first time, and finds it from then on."""
    with tf.variable_scope("model", reuse=tf.AUTO_REUSE):
        weights = tf.get_variable("weights", [3, 1], initializer=tf.ones_initializer())
        biases = tf.get_variable("biases", [1], initializer=tf.zeros_initializer())
    return tf.matmul(x, weights) + biases


def train_two_towers(model):
    """Builds the model twice, gives each tower half of every batch, trains both, and asks both the same question."""
    rng = np.random.RandomState(0)
    inputs = rng.standard_normal((20, 3))
    targets = inputs @ [[1.0], [-2.0], [3.0]] + 0.5 + 0.3 * rng.standard_normal((20, 1))
    known = [v.name for v in tf.global_variables()]
    places, answers, losses, feed = [], [], [], {}
    for half in (slice(0, 10), slice(10, 20)):
        x, y = tf.placeholder(tf.float32, [None, 3]), tf.placeholder(tf.float32, [None, 1])
        places.append(x)
        answers.append(model(x))
        losses.append(tf.reduce_mean(tf.square(answers[-1] - y)))
        feed.update({x: inputs[half], y: targets[half]})
    step = tf.train.GradientDescentOptimizer(0.1).minimize((losses[0] + losses[1]) / 2)
    made = [v.name for v in tf.global_variables() if v.name not in known]
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for _ in range(100):
            sess.run(step, feed)
        one, other = sess.run(answers, dict.fromkeys(places, QUESTION))
    print(f"{model.__name__}: {one.item():.4f} and {other.item():.4f}; new variables: {', '.join(made) or 'none'}")


def scopes_by_name():
    """The lecture's lines: a scope told to reuse finds what was made; one that is not refuses to make it twice."""
    with tf.variable_scope("foo"):
        v = tf.get_variable("v", shape=[1])
    print("made: ", v.name)
    with tf.variable_scope("foo", reuse=True):
        v1 = tf.get_variable("v")
    print("found:", v1.name, "- the same variable" if v1 is v else "- another variable")
    try:
        with tf.variable_scope("foo", reuse=False):
            v1 = tf.get_variable("v")
    except ValueError as crash:
        print("CRASH:", str(crash).splitlines()[0])


with tf.Session() as sess:
    print("session:", sess)
print("The two towers' answers to one question:")
for model in (separate_copies, one_dictionary, one_scope):
    train_two_towers(model)
scopes_by_name()
