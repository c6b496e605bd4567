"""The loading half of dspy_flavor 0.1.0, as it was when this model was saved."""

from .load import _load_pyfunc, load_model

__version__ = "0.1.0"
__all__ = ["_load_pyfunc", "load_model"]
