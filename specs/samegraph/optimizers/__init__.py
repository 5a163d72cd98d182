"""Optimizers, each once, as a graph of ordinary ops that assigns."""

from .adadelta import AdadeltaOptimizer
from .adagrad import AdagradOptimizer
from .adam import AdamOptimizer, AdamWOptimizer, LambOptimizer
from .base import Optimizer
from .ftrl import FtrlOptimizer
from .gradient_descent import GradientDescentOptimizer
from .momentum import MomentumOptimizer
from .proximal import ProximalGradientDescentOptimizer
from .rmsprop import RMSPropOptimizer

__all__ = [
    "AdadeltaOptimizer",
    "AdagradOptimizer",
    "AdamOptimizer",
    "AdamWOptimizer",
    "FtrlOptimizer",
    "GradientDescentOptimizer",
    "LambOptimizer",
    "MomentumOptimizer",
    "Optimizer",
    "ProximalGradientDescentOptimizer",
    "RMSPropOptimizer",
]
