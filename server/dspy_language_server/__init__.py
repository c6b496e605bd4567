"""A language server that reads DSPy signature strings, and the programs around them, as DSPy would."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("dspy-companion")
except PackageNotFoundError:  # bundled with an editor extension: no distribution metadata
    __version__ = "0.1.0"
