"""One layer of a neural network, h = relu(x W + b): its graph is written first, and run afterwards."""

import numpy as np
import samegraph.tf1 as tf  # or: import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()  # needed under TensorFlow 2, without effect otherwise
tf.set_random_seed(0)

# The graph. Nobody declares nodes or edges: the expressions make them.
b = tf.Variable(tf.zeros([100]), name="b")  # variables: the parameters of the model
W = tf.Variable(tf.random_uniform([784, 100], -1, 1), name="W")
x = tf.placeholder(tf.float32, [100, 784], name="x")  # a placeholder: so far only its size is known
h = tf.nn.relu(tf.matmul(x, W) + b, name="h")  # operations: MatMul, Add, Relu


def needed(node):
    """All nodes that one node needs, found along the edges; a node's inputs come before it."""
    return [before for edge in node.inputs for before in needed(edge.op)] + [node]


print("h has no value yet:", h)
print("What it needs:")
for node in needed(h.op):
    print(f"  {node.name:8} {node.type:12} {len(node.inputs)} inputs")

# The run. A session binds the graph to a framework and a device, which compute it.
with tf.Session() as sess:
    print("session:", sess)
    sess.run(tf.global_variables_initializer())
    # Printed notes often have np.random.random(100, 784) here. NumPy answers with a TypeError: `random` takes one
    # argument, the shape. (np.random.rand is the function that takes the sizes one by one.)
    np.random.seed(0)
    batch = np.random.random((100, 784))
    value = sess.run(h, {x: batch})  # fetches say which nodes are wanted, feeds what the placeholders hold

print("h has the shape", value.shape)
print(f"smallest element: {value.min():.3f}")
print(f"share of its elements that relu let through: {np.mean(value > 0):.3f}")
