"""Names that real TensorFlow 1 programs use, most used first (tf1_names.txt): they resolve, or are absent for a reason."""

from __future__ import annotations

import functools
import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
import samegraph.tf1 as tf
from samegraph.tf1.examples.tutorials.mnist import input_data

NAMES = Path(__file__).with_name("tf1_names.txt").read_text().split()

ABSENT = {
    "tf.SparseTensor": "sparse tensors other than IndexedSlices are out of scope",
    "tf.edit_distance": "it takes SparseTensors",
    "tf.load_op_library": "compiled TensorFlow kernels run on TensorFlow alone",
    "tf.python.client.timeline.Timeline": "it draws what TensorFlow's runtime recorded; nothing is recorded here",
    "tf.profiler.ProfileOptionBuilder.time_and_memory": "TensorFlow's profiler; use the framework's own",
    "tf.profiler.Profiler": "TensorFlow's profiler; use the framework's own",
    "tf.python.ops.seq2seq.sequence_loss": "tf.python.ops.seq2seq was gone before 1.15",
    **{
        f"tf.examples.image_retraining.retrain.{name}": "a program of the TensorFlow repository, not part of its API"
        for name in (
            "BOTTLENECK_TENSOR_NAME.split",
            "BOTTLENECK_TENSOR_SIZE",
            "add_evaluation_step",
            "add_final_training_ops",
            "add_input_distortions",
            "get_bottleneck_path",
            "get_image_path",
            "should_distort_images",
        )
    },
}


def resolved(name):
    return functools.reduce(getattr, name.split(".")[1:], tf)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_programs_use(name):
    if name in ABSENT:
        with pytest.raises(AttributeError):
            resolved(name)
    else:
        assert resolved(name) is not None


def test_the_lists_are_of_the_names():
    assert len(NAMES) > 200 and ABSENT.keys() <= set(NAMES)


# What some of them do ---------------------------------------------------------------------------------------------------


def idx(array):
    header = b"\0\0\x08" + bytes([array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + array.astype(np.uint8).tobytes()


@pytest.fixture
def mnist(tmp_path):
    """A folder of MNIST's files, with 12 training and 5 test images; one of them unpacked."""
    rng = np.random.default_rng(0)
    for part, count in (("train", 12), ("t10k", 5)):
        images, labels = rng.integers(0, 256, (count, 28, 28)), np.arange(count) % 10
        (tmp_path / f"{part}-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(images)))
        (tmp_path / f"{part}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(labels)))
    packed = tmp_path / "t10k-labels-idx1-ubyte.gz"
    packed.with_suffix("").write_bytes(gzip.decompress(packed.read_bytes()))
    packed.unlink()
    return tmp_path


def test_mnist_from_files(mnist):
    data = input_data.read_data_sets(str(mnist), one_hot=True, validation_size=2, seed=1)
    assert data.train.num_examples == 10 and data.validation.num_examples == 2 and data.test.num_examples == 5
    assert data.train.images.shape == (10, 784) and data.train.images.dtype == np.float32
    assert 0.9 < data.train.images.max() <= 1.0 and data.test.labels.shape == (5, 10)
    seen = np.concatenate([data.train.next_batch(4)[1].argmax(1) for _ in range(5)])
    for epoch in (seen[:10], seen[10:]):
        assert sorted(epoch) == sorted(data.train.labels.argmax(1))
    assert data.train.epochs_completed == 1
    images, labels = data.train.next_batch(3, shuffle=False)
    assert images.shape == (3, 784) and labels.shape == (3, 10)
    assert input_data.read_data_sets(mnist, dtype="uint8", reshape=False, validation_size=0).train.images.shape == (
        12,
        28,
        28,
        1,
    )


def test_mnist_that_is_missing_or_damaged(mnist):
    path = mnist / "train-images-idx3-ubyte.gz"
    with pytest.raises(ValueError, match="Validation size should be between 0 and 12"):
        input_data.read_data_sets(mnist)
    whole = path.read_bytes()
    for content in (whole[:-20], gzip.compress(gzip.decompress(whole)[:-1]), gzip.compress(b""), b"no gzip"):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"train-images-idx3-ubyte.gz is (damaged|no whole IDX file)"):
            input_data.read_data_sets(mnist, validation_size=0)
    path.unlink()
    with pytest.raises(FileNotFoundError, match=r"train-images-idx3-ubyte.gz not found .* Nothing is downloaded"):
        input_data.read_data_sets(mnist, validation_size=0)


def test_a_test_case_of_tensorflows():
    class Sums(tf.test.TestCase):
        def runTest(self):
            with self.test_session():
                x = tf.constant([1.0, 2.0])
                self.assertAllClose((x + x).eval(), [2.0, 4.0])
                self.assertShapeEqual(np.zeros(2), x)
                self.assertAllEqual(self.evaluate(x), [1.0, 2.0])
                self.assertTrue(Path(self.get_temp_dir()).is_dir())

    result = Sums().run()
    assert result.wasSuccessful() and result.testsRun == 1
    assert tf.python.framework.test_util.TensorFlowTestCase is tf.test.TestCase
