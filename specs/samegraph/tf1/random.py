"""tf.random: random tensors and the graph's seed."""

from __future__ import annotations

from ..random import log_uniform_candidates as log_uniform_candidate_sampler
from ..random import random_normal as normal
from ..random import random_uniform as uniform
from ..random import set_random_seed, truncated_normal
from ._absent import absent

__all__ = ["log_uniform_candidate_sampler", "normal", "set_random_seed", "truncated_normal", "uniform"]

__getattr__ = absent(__name__)
