"""The command line: `dspy-language-server` serve (default, stdio) · check · inspect · explain."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dspy_language_server import __version__

if TYPE_CHECKING:
    import argparse

CLEAN, FINDINGS, FAILED = 0, 1, 2
LOG_LEVEL = "warning"
FORMATS = ("text", "json", "sarif", "github")


class UsageError(Exception):
    """What the command was asked cannot be done; the message is for people."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command and returns its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given in ([], ["--stdio"], ["serve"], ["serve", "--stdio"]):
        # What editors start: it has no options, and needs no 10 ms for reading some.
        return _serve(LOG_LEVEL, None)
    if not given or (given[0].startswith("-") and given[0] not in {"-h", "--help", "--version"}):
        given.insert(0, "serve")
    options = _parser().parse_args(given)
    try:
        code: int = options.run(options)
    except UsageError as error:
        sys.stderr.write(f"dspy-language-server: {error}\n")
        return FAILED
    except BrokenPipeError:
        # The reader (`… | head`) has seen enough; nothing may be flushed to it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    return code


def _parser() -> argparse.ArgumentParser:
    import argparse  # noqa: PLC0415

    parser = argparse.ArgumentParser(
        prog="dspy-language-server",
        description="Reads DSPy signatures and programs: in an editor, or from the command line.",
    )
    parser.add_argument(
        "--version", action="version", version=f"dspy-language-server {__version__}"
    )
    commands = parser.add_subparsers(required=True, metavar="command")

    serve = commands.add_parser("serve", help="speak the Language Server Protocol over stdio")
    serve.add_argument("--stdio", action="store_true", help="the only transport, and the default")
    serve.add_argument("--log-file", help="write the log there instead of to stderr")
    serve.add_argument(
        "--log-level", default=LOG_LEVEL, choices=("debug", "info", "warning", "error")
    )
    serve.add_argument("--clientProcessId", help=argparse.SUPPRESS)
    serve.set_defaults(run=lambda options: _serve(options.log_level, options.log_file))

    check = commands.add_parser("check", help="report findings of files and folders")
    _add_paths(check)
    check.add_argument("--format", default="text", choices=FORMATS)
    check.add_argument("--select", default="", metavar="CODES", help="only these, comma-separated")
    check.add_argument("--ignore", default="", metavar="CODES", help="not these, comma-separated")
    check.add_argument("--strict", action="store_true", help="exit with 1 for warnings, too")
    check.set_defaults(run=_check)

    inspect = commands.add_parser("inspect", help="list the signatures of files and folders")
    _add_paths(inspect)
    inspect.add_argument("--format", default="json", choices=("json",))
    inspect.set_defaults(run=_inspect)

    explain = commands.add_parser("explain", help="show the page of a rule")
    explain.add_argument("code", help="such as DSP101")
    explain.set_defaults(run=_explain)
    return parser


def _add_paths(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="+", metavar="PATH", help="files or folders")
    parser.add_argument("--python", metavar="INTERPRETER", help="whose dspy the checks follow")
    parser.add_argument("--dspy-version", metavar="VERSION", help="instead of the installed one")


# Each command imports what it needs when it runs: lsprotocol alone takes a quarter of a second.


def _serve(log_level: str, log_file: str | None) -> int:
    from dspy_language_server.cli.serve import serve  # noqa: PLC0415

    return serve(log_level, log_file)


def _check(options: argparse.Namespace) -> int:
    from dspy_language_server.cli.check import check  # noqa: PLC0415

    return check(options)


def _inspect(options: argparse.Namespace) -> int:
    from dspy_language_server.cli.inspect import inspect  # noqa: PLC0415

    return inspect(options)


def _explain(options: argparse.Namespace) -> int:
    from dspy_language_server.rules import catalog  # noqa: PLC0415

    code = options.code.upper()
    text = catalog.page(code)
    if text is None:
        raise UsageError(f"There is no rule {options.code!r}. Rules are DSP and three digits.")
    sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
    return CLEAN
