"""A language server that reads DSPy signature strings, and the programs around them, as DSPy would."""

# pyproject.toml reads it here: importing importlib.metadata would cost a tenth of the server's start.
__version__ = "0.1.0"
