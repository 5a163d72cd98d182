"""tf.initializers: initial values of variables, by TF1's names."""

from __future__ import annotations

from ..initializers import Constant as constant
from ..initializers import GlorotNormal as glorot_normal
from ..initializers import GlorotUniform as glorot_uniform
from ..initializers import Identity as identity
from ..initializers import Ones as ones
from ..initializers import RandomNormal as random_normal
from ..initializers import RandomUniform as random_uniform
from ..initializers import TruncatedNormal as truncated_normal
from ..initializers import UniformUnitScaling as uniform_unit_scaling
from ..initializers import VarianceScaling as variance_scaling
from ..initializers import Zeros as zeros
from ..initializers import he_normal as he_normal
from ..initializers import he_uniform as he_uniform
from ..initializers import lecun_normal as lecun_normal
from ..initializers import lecun_uniform as lecun_uniform
from ..state import global_variables_initializer as global_variables
from ..state import local_variables_initializer as local_variables
from ..state import variables_initializer as variables
from ._absent import absent

__all__ = [
    "constant",
    "global_variables",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "identity",
    "lecun_normal",
    "lecun_uniform",
    "local_variables",
    "ones",
    "random_normal",
    "random_uniform",
    "truncated_normal",
    "uniform_unit_scaling",
    "variables",
    "variance_scaling",
    "zeros",
]

__getattr__ = absent(__name__)
