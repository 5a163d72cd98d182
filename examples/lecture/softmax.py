"""A relu layer and a softmax that read handwritten digits, trained by the lecture's training step."""

import numpy as np
import samegraph.tf1 as tf  # or: import tensorflow.compat.v1 as tf
from sklearn.datasets import load_digits

tf.disable_v2_behavior()  # needed under TensorFlow 2, without effect otherwise
tf.set_random_seed(0)

HIDDEN, BATCH, STEPS = 100, 100, 400


def load():
    """Scikit-learn's 1,797 digits of 8 x 8 pixels: those to train with, and every seventh to test with."""
    pixels, digits = load_digits(return_X_y=True)
    images, labels = pixels / 16.0, np.eye(10)[digits]  # pixels from 0..16 to 0..1, digits to one-hot rows
    test = np.arange(len(images)) % 7 == 3
    return (images[~test], labels[~test]), (images[test], labels[test])


def build():
    """The graph: h = relu(x W + b), prediction = softmax(h V + c), the loss, one step, and the accuracy."""
    x = tf.placeholder(tf.float32, [None, 64], name="x")
    label = tf.placeholder(tf.float32, [None, 10], name="label")

    W = tf.Variable(tf.random_uniform([64, HIDDEN], -0.2, 0.2), name="W")
    b = tf.Variable(tf.zeros([HIDDEN]), name="b")
    h = tf.nn.relu(tf.matmul(x, W) + b)
    V = tf.Variable(tf.random_uniform([HIDDEN, 10], -0.2, 0.2), name="V")
    c = tf.Variable(tf.zeros([10]), name="c")
    logits = tf.matmul(h, V) + c

    # The lecture writes  prediction = tf.nn.softmax(logits)
    #                     cross_entropy = -tf.reduce_sum(label * tf.log(prediction), axis=1)
    # which is right on paper. In floating point a confident softmax rounds to 0, its log is -inf, and all that
    # follows is NaN. One op computes both together and never leaves the finite numbers.
    cross_entropy = tf.nn.softmax_cross_entropy_with_logits_v2(labels=label, logits=logits)
    # The mean keeps the step size apart from the batch size; the lecture minimises the sum.
    loss = tf.reduce_mean(cross_entropy, name="loss")
    step = tf.train.GradientDescentOptimizer(0.5).minimize(loss)

    prediction = tf.nn.softmax(logits, name="prediction")
    right = tf.equal(tf.argmax(prediction, 1), tf.argmax(label, 1))
    accuracy = tf.reduce_mean(tf.cast(right, tf.float32), name="accuracy")
    return x, label, loss, step, prediction, accuracy


def main():
    (images, labels), (test_images, test_labels) = load()
    x, label, loss, step, prediction, accuracy = build()
    batches = np.random.RandomState(0)
    with tf.Session() as sess:
        print("session:", sess)
        sess.run(tf.global_variables_initializer())
        for i in range(STEPS):
            batch = batches.choice(len(images), BATCH, replace=False)
            value, _ = sess.run([loss, step], {x: images[batch], label: labels[batch]})
            if i % 100 == 0:
                print(f"step {i:3}  loss {value:.4f}")
        test = {x: test_images, label: test_labels}
        final, share = sess.run([loss, accuracy], test)
        print(f"loss on the test digits: {final:.4f}")
        print(f"accuracy on the test digits: {share:.4f}")
        first = sess.run(prediction, {x: test_images[:1]})[0]
    print(f"the first of them is a {test_labels[0].argmax()}; probabilities by digit:")
    print("  " + "  ".join(f"{digit}: {p:.2f}" for digit, p in enumerate(first)))


if __name__ == "__main__":
    main()
