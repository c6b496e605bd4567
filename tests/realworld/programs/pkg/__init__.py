"""A package: signatures in one file, modules in another."""
from .modules import Answerer
from .signatures import Question

__all__ = ["Answerer", "Question"]
