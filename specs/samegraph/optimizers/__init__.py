"""Optimizers, each once, as a graph of ordinary ops that assigns."""

from .adam import AdamOptimizer
from .base import Optimizer
from .gradient_descent import GradientDescentOptimizer

__all__ = ["AdamOptimizer", "GradientDescentOptimizer", "Optimizer"]
