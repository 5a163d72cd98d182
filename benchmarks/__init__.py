"""What samegraph costs: every benchmark takes its candidates in turn, so that ratios survive a noisy machine.

One question a file, each answered on every backend, against programs written by hand (`idioms/`) and tf.compat.v1:

test_steps             a training step of five programs by both gradient routes
test_session_overhead  what a cached `Session.run` adds to the bare step
test_many_steps        `Session.run_steps` against one call a step
test_sparse_updates    a step on tables of 10,000 and 1,000,000 rows, also while a fetch of the table is held
test_first_steps       from nothing to the first loss: building, planning, tracing, compiling
test_construction      graphs of 1,000 to 100,000 operations
test_large_graphs      a small fetch out of 100,000 operations, and the first run of long chains
test_feeding           data fed with each run, and data that lie on the device already
test_checkpoints       saving and restoring variables
"""
