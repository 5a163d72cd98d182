"""tf.random: random tensors, samplers of classes and the graph's seed."""

from __future__ import annotations

from ..candidates import all_candidates as all_candidate_sampler
from ..candidates import fixed_unigram_candidates as fixed_unigram_candidate_sampler
from ..candidates import log_uniform_candidates as log_uniform_candidate_sampler
from ..candidates import uniform_candidates as uniform_candidate_sampler
from ..host.sampling import random_gamma as gamma
from ..host.sampling import random_poisson as poisson
from ..random import categorical, multinomial, set_random_seed, truncated_normal
from ..random import op_seeds as get_seed
from ..random import random_normal as normal
from ..random import random_shuffle as shuffle
from ..random import random_uniform as uniform
from ._absent import absent

__all__ = [
    "all_candidate_sampler",
    "categorical",
    "fixed_unigram_candidate_sampler",
    "gamma",
    "get_seed",
    "log_uniform_candidate_sampler",
    "multinomial",
    "normal",
    "poisson",
    "set_random_seed",
    "shuffle",
    "truncated_normal",
    "uniform",
    "uniform_candidate_sampler",
]

__getattr__ = absent(__name__)
