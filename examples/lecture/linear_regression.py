"""A line through noisy points, the first program that the lecture types: prediction, loss, optimizer, session."""

import numpy as np
import samegraph.tf1 as tf  # or: import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()  # needed under TensorFlow 2, without effect otherwise


def make_points():
    """101 points of y = 2 x + 0.5, with normal noise of deviation 0.3."""
    x = np.linspace(-1, 1, 101)
    return x, 2 * x + 0.5 + 0.3 * np.random.RandomState(0).standard_normal(x.shape)


def build():
    """The graph: placeholders for the points, two variables, the prediction and its mean squared error."""
    x = tf.placeholder(tf.float32, [None], name="x")  # None: any number of points
    y = tf.placeholder(tf.float32, [None], name="y")
    with tf.variable_scope("line"):
        slope = tf.get_variable("slope", [], initializer=tf.zeros_initializer())
        intercept = tf.get_variable("intercept", [], initializer=tf.zeros_initializer())
    prediction = slope * x + intercept
    loss = tf.reduce_mean(tf.square(prediction - y), name="loss")
    return x, y, slope, intercept, loss


def main():
    points_x, points_y = make_points()
    x, y, slope, intercept, loss = build()
    # minimize() adds the gradients (the chain rule, applied backwards) and the updates to the graph. It returns a
    # node that does one step when it is run; we write neither gradients nor updates.
    step = tf.train.GradientDescentOptimizer(0.3).minimize(loss)
    with tf.Session() as sess:
        print("session:", sess)
        sess.run(tf.global_variables_initializer())
        feed = {x: points_x, y: points_y}
        for i in range(60):
            value, _ = sess.run([loss, step], feed)
            if i % 10 == 0:
                print(f"step {i:2}  loss {value:.4f}")
        a, b = sess.run([slope, intercept])
    print(f"learnt:        y = {a:.4f} x + {b:.4f}")
    a, b = np.polyfit(points_x, points_y, 1)
    print(f"least squares: y = {a:.4f} x + {b:.4f}")


if __name__ == "__main__":
    main()
