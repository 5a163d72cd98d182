"""TensorFlow 1's face: `import samegraph.tf1 as tf`, and the program runs as it is.

Names, argument names, their order and old aliases are those of TensorFlow 1.15; what is missing raises AttributeError and
names what is nearest. Importing it imports no framework.
"""

from __future__ import annotations

from .. import __version__ as _samegraph_version
from ..composed.clip import clip_by_global_norm, clip_by_norm, clip_by_value, global_norm
from ..errors import OpError
from ..host.sampling import random_gamma, random_poisson
from ..initializers import Constant as constant_initializer
from ..initializers import GlorotNormal as glorot_normal_initializer
from ..initializers import GlorotUniform as glorot_uniform_initializer
from ..initializers import Ones as ones_initializer
from ..initializers import RandomNormal as random_normal_initializer
from ..initializers import RandomUniform as random_uniform_initializer
from ..initializers import TruncatedNormal as truncated_normal_initializer
from ..initializers import UniformUnitScaling as uniform_unit_scaling_initializer
from ..initializers import VarianceScaling as variance_scaling_initializer
from ..initializers import Zeros as zeros_initializer
from ..random import multinomial, random_crop, random_normal, random_shuffle, random_uniform, truncated_normal
from . import (
    _arrays,
    _config,
    _control,
    _dtypes,
    _graph,
    _host,
    _linear,
    _maths,
    _matrices,
    _ordering,
    _rearranging,
    app,
    bitwise,
    compat,
    contrib,
    debugging,
    distributions,
    errors,
    examples,
    flags,
    initializers,
    layers,
    linalg,
    logging,
    losses,
    math,
    nn,
    python,
    random,
    strings,
    summary,
    test,
    train,
)
from ._absent import absent
from ._arrays import *  # noqa: F403
from ._config import *  # noqa: F403
from ._control import *  # noqa: F403
from ._dtypes import *  # noqa: F403
from ._graph import *  # noqa: F403
from ._host import *  # noqa: F403
from ._linear import *  # noqa: F403
from ._maths import *  # noqa: F403
from ._matrices import *  # noqa: F403
from ._ordering import *  # noqa: F403
from ._rearranging import *  # noqa: F403

Summary = summary.Summary

__version__ = VERSION = f"1.15.0+samegraph.{_samegraph_version}"

__all__ = [
    "VERSION",
    "OpError",
    "Summary",
    "__version__",
    "app",
    "bitwise",
    "clip_by_global_norm",
    "clip_by_norm",
    "clip_by_value",
    "compat",
    "constant_initializer",
    "contrib",
    "debugging",
    "distributions",
    "errors",
    "examples",
    "flags",
    "global_norm",
    "glorot_normal_initializer",
    "glorot_uniform_initializer",
    "initializers",
    "layers",
    "linalg",
    "logging",
    "losses",
    "math",
    "multinomial",
    "nn",
    "ones_initializer",
    "python",
    "random",
    "random_crop",
    "random_gamma",
    "random_normal",
    "random_normal_initializer",
    "random_poisson",
    "random_shuffle",
    "random_uniform",
    "random_uniform_initializer",
    "strings",
    "summary",
    "test",
    "train",
    "truncated_normal",
    "truncated_normal_initializer",
    "uniform_unit_scaling_initializer",
    "variance_scaling_initializer",
    "zeros_initializer",
]
__all__ += _arrays.__all__
__all__ += _config.__all__
__all__ += _control.__all__
__all__ += _dtypes.__all__
__all__ += _graph.__all__
__all__ += _host.__all__
__all__ += _linear.__all__
__all__ += _maths.__all__
__all__ += _matrices.__all__
__all__ += _ordering.__all__
__all__ += _rearranging.__all__

__getattr__ = absent(__name__)
