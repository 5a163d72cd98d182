"""tf.train: optimizers, learning rates, the global step, checkpoints."""

from __future__ import annotations

from .. import optimizers as _optimizers
from ..global_step import (
    assert_global_step,
    create_global_step,
    get_global_step,
    get_or_create_global_step,
    global_step,
)
from ..learning_rates import (
    cosine_decay,
    exponential_decay,
    inverse_time_decay,
    natural_exp_decay,
    piecewise_constant,
    polynomial_decay,
)
from ..optimizers import *  # noqa: F403
from ..saving.checkpoints import CheckpointReader as NewCheckpointReader
from ..saving.checkpoints import list_variables, load_checkpoint, load_variable
from ..saving.saver import Saver, export_meta_graph, import_meta_graph
from ..saving.state_file import (
    checkpoint_exists,
    get_checkpoint_mtimes,
    get_checkpoint_state,
    latest_checkpoint,
    remove_checkpoint,
    update_checkpoint_state,
)
from ._absent import absent

piecewise_constant_decay = piecewise_constant

__all__ = [
    "NewCheckpointReader",
    "Saver",
    "assert_global_step",
    "checkpoint_exists",
    "cosine_decay",
    "create_global_step",
    "exponential_decay",
    "export_meta_graph",
    "get_checkpoint_mtimes",
    "get_checkpoint_state",
    "get_global_step",
    "get_or_create_global_step",
    "global_step",
    "import_meta_graph",
    "inverse_time_decay",
    "latest_checkpoint",
    "list_variables",
    "load_checkpoint",
    "load_variable",
    "natural_exp_decay",
    "piecewise_constant",
    "piecewise_constant_decay",
    "polynomial_decay",
    "remove_checkpoint",
    "update_checkpoint_state",
]
__all__ += _optimizers.__all__

__getattr__ = absent(__name__)
