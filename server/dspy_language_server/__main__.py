"""`python -m dspy_language_server`: the command line."""

from dspy_language_server.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
