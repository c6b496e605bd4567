"""The command line: log a program from its file; load, ask and inspect a model that was logged.

dspy-flavor log FILE[:NAME]     run what builds the object, and log it
dspy-flavor load URI            load a model and say what it is
dspy-flavor predict URI         answer inputs from --input or standard input
dspy-flavor inspect URI         say what is inside, without running any of it
"""

import argparse
import contextlib
import json
import logging
import os
import sys
import types
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

FOUND, FAILED, UNUSABLE = 0, 1, 2
_LARGEST_FILE = 16 * 1024 * 1024


class _Refusal(Exception):  # noqa: N818 - an answer to the person who asked
    """What cannot be done, said for people."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out one command and return the exit code: 0 done, 1 refused or failed, 2 misused."""
    options = _parser().parse_args(arguments)
    logging.getLogger("mlflow").setLevel(logging.WARNING)
    # MLflow asks a server that is not there for four minutes; a person has looked away by then.
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "3")
    try:
        options.run(options)
        sys.stdout.flush()
    except KeyboardInterrupt:
        print("Interrupted. Nothing unfinished is marked as ready.", file=sys.stderr)
        return FAILED
    except BrokenPipeError:  # whoever read the output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except Exception as error:
        if options.debug:
            raise
        from .description import shown

        lines = [shown(line) for line in _explained(error).splitlines() or [""]]
        print("\n".join(["dspy-flavor: " + lines[0], *lines[1:]]), file=sys.stderr)
        return FAILED
    return FOUND


def _explained(error: Exception) -> str:
    """Say what happened, where and what to do, without a credential that an error may repeat."""
    from .credentials import environment_secrets
    from .redact import redact

    known = {value: name for name, value in environment_secrets()}
    return redact(_message(error), known)


def _message(error: Exception) -> str:
    if isinstance(error, ModuleNotFoundError):
        return (
            f"The module {error.name!r} is not installed for {sys.executable}. What this command"
            " itself needs comes with: pip install 'dspy-companion[flavor]'"
        )
    if "API request to" in str(error) and "Max retries" in str(error):
        return _no_server()
    kinds = {cls.__name__ for cls in type(error).__mro__}
    if kinds & {"_Refusal", "PlanError", "MlflowException"}:
        return str(error)
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror or error}."
    lines = str(error).splitlines() or ["no more is known"]
    return f"{type(error).__name__}: {lines[0]} (--debug shows where it was raised)"


def _no_server() -> str:
    import mlflow

    from .credentials import clean_url

    asked = clean_url(mlflow.get_tracking_uri())[0]
    return (
        f"No MLflow tracking server answers at {asked}. Start it, or name another in"
        " MLFLOW_TRACKING_URI."
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="dspy-flavor", description=_summary())
    parser.add_argument("--debug", action="store_true", help="show where an error was raised")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    log = commands.add_parser("log", help="log a program from its file")
    log.add_argument("target", metavar="FILE[:NAME]", help="a Python file, and the object in it")
    log.add_argument("--name", default="model", help="the logged model's name")
    log.add_argument("--experiment", help="the experiment to log to")
    log.add_argument(
        "--format",
        choices=("source", "cloudpickle"),
        default="source",
        help="source (default) loads where pickles are forbidden; cloudpickle in mlflow.dspy too",
    )
    log.add_argument("--register", metavar="NAME", help="register the model under this name")
    log.add_argument("--yes", action="store_true", help="run what a person is asked about first")
    log.add_argument("--json", action="store_true", help="print the result as JSON")
    log.set_defaults(run=_log)
    for name, run, summary in (
        ("load", _load, "load a model and say what it is"),
        ("predict", _predict, "answer inputs"),
        ("inspect", _inspect, "say what is inside a model, without running any of it"),
    ):
        command = commands.add_parser(name, help=summary)
        command.add_argument("uri", metavar="URI", help="models:/…, runs:/…/model or a folder")
        command.set_defaults(run=run)
        if name == "predict":
            command.add_argument("--input", help="JSON or plain text; standard input by default")
            command.add_argument("--threads", type=_threads, help="rows at once")
        if name == "inspect":
            command.add_argument(
                "--json", action="store_true", help="print JSON, as is done where no one looks on"
            )
    return parser


def _threads(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1")
    return number


def _summary() -> str:
    return (__doc__ or "").partition("\n")[0]


def _log(options: argparse.Namespace) -> None:
    from .program_source import ProgramSource
    from .slicer import plan

    path, name = _target(options.target)
    made = plan(_text_of(path), name, path=str(path))
    if made.error is not None:
        raise _Refusal(f"{path}: {made.error['message']}")
    if made.confirm and not options.yes:
        lines = "\n".join(f"  line {item.line}: {item.text}" for item in made.confirm)
        raise _Refusal(
            f"To build {made.name!r}, these are run:\n{lines}\nSay --yes if they may be."
        )
    import mlflow

    from .log import log_model

    program = _build(made.code, made.name, path)
    if options.experiment:
        mlflow.set_experiment(options.experiment)
    source = ProgramSource(made.code, made.name, str(path))
    with mlflow.start_run() as run:
        info = log_model(
            program,
            name=options.name,
            serialization_format=options.format,
            program_source=source if options.format == "source" else None,
            registered_model_name=options.register,
            progress=None if options.json else lambda step: print(f"{step} …", file=sys.stderr),
        )
    result = {
        "run_id": run.info.run_id,
        "model_uri": info.model_uri,
        "model_id": info.model_id,
        "tracking_uri": mlflow.get_tracking_uri(),
        "skipped": [{"line": s.line, "text": s.text, "reason": s.reason} for s in made.skipped],
    }
    _show(result, as_json=options.json)


def _target(target: str) -> tuple[Path, str | None]:
    """Split `FILE:NAME`; a file that is there may have a colon in its name, or a drive."""
    if Path(target).exists():
        return Path(target), None
    file, _, name = target.rpartition(":")
    return (Path(file), name) if file and name.isidentifier() else (Path(target), None)


def _text_of(path: Path) -> str:
    """Read a Python file as Python does, with the encoding that it declares."""
    import io
    import tokenize

    if path.is_dir():
        raise _Refusal(
            f"{path} is a folder. Name the Python file in it: {path / 'program.py'}:NAME"
        )
    if not path.exists():
        raise _Refusal(f"There is no file {path} (looked in {Path.cwd()}). Give FILE or FILE:NAME.")
    if not path.is_file() or path.stat().st_size > _LARGEST_FILE:
        raise _Refusal(f"{path} is no Python file: give one whose object is to be logged.")
    data = path.read_bytes()
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return data.decode(encoding)
    except (SyntaxError, UnicodeDecodeError) as error:
        raise _Refusal(
            f"{path} is no Python text ({error}). Save it as UTF-8, or declare its encoding."
        ) from error


def _build(code: str, name: str, path: Path) -> Any:
    """Run a slice of the user's file, as a script of that name would run."""
    module = types.ModuleType("__main__")
    module.__file__ = str(path.absolute())
    sys.path.insert(0, str(path.absolute().parent))
    with _failing_where(path, code):
        exec(compile(code, str(path), "exec"), vars(module))  # noqa: S102 - the user asked for it
        program = vars(module)[name]
        program = program() if isinstance(program, type) else program
    if not hasattr(program, "named_predictors"):
        raise _Refusal(
            f"{path}: {name} is a {type(program).__name__}, and no DSPy program: name an instance"
            " of dspy.Module. Nothing was logged."
        )
    return program


@contextlib.contextmanager
def _failing_where(path: Path, code: str) -> Iterator[None]:
    """Say of an error of the user's code its line: a slice keeps the lines of its file."""
    try:
        yield
    except (Exception, SystemExit) as error:
        line, link = getattr(error, "lineno", None), error.__traceback__
        while link is not None:
            if link.tb_frame.f_code.co_filename == str(path):
                line = link.tb_lineno
            link = link.tb_next
        lines = code.splitlines()
        text = f"\n  {lines[line - 1].strip()}" if line and line <= len(lines) else ""
        advice = ""
        if isinstance(error, ModuleNotFoundError):
            advice = f" Install it for {sys.executable}, or run this from the project's folder."
        raise _Refusal(
            f"{path}, line {line or '?'}: {type(error).__name__}: {error}.{advice}"
            f" Nothing was logged.{text}"
        ) from error


def _show(result: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(result, indent=1))
        return
    print(f"Logged {result['model_uri']} in run {result['run_id']}")
    for item in result["skipped"]:
        print(f"  line {item['line']} was not run: {item['reason']}")
    print(f"Open it: mlflow ui --backend-store-uri {result['tracking_uri']}")


@contextlib.contextmanager
def _located(uri: str) -> Iterator[None]:
    """Say of a model that is not there where it was looked for, and how models are named."""
    if ":/" not in uri:
        if not Path(uri).is_dir():
            raise _Refusal(f"There is no folder {uri} (looked in {Path.cwd()}). {_NAMED_AS}")
        if not Path(uri, "MLmodel").exists():
            raise _Refusal(f"{uri} holds no MLmodel file, so it is no model. {_NAMED_AS}")
    try:
        yield
    except Exception as error:
        if getattr(error, "error_code", None) in {"RESOURCE_DOES_NOT_EXIST", "NOT_FOUND"}:
            import mlflow

            store = mlflow.get_tracking_uri()
            raise _Refusal(
                f"{error} (asked: {store}; MLFLOW_TRACKING_URI names another)"
            ) from error
        raise


_NAMED_AS = "Name a model as a folder, models:/NAME/1 or runs:/RUN/model."


def _load(options: argparse.Namespace) -> None:
    from .interface import interface_of
    from .load import load_model

    with _located(options.uri):
        program = load_model(options.uri)
    print(f"{type(program).__name__}({interface_of(program).describe()})")
    for name, predictor in program.named_predictors():
        print(f"  {name}: {predictor.signature.signature}")


def _predict(options: argparse.Namespace) -> None:
    import mlflow

    text = options.input
    if text is None:
        if sys.stdin.isatty():
            print("Reading inputs, JSON or text, until the end of the file.", file=sys.stderr)
        text = sys.stdin.read()
    try:
        data = json.loads(text)
    except ValueError:
        data = text.strip()
    with _located(options.uri):
        model = mlflow.pyfunc.load_model(options.uri)
    params = {"num_threads": options.threads} if options.threads else None
    print(json.dumps(model.predict(data, params=params), indent=1, ensure_ascii=False))


def _inspect(options: argparse.Namespace) -> None:
    from .inspection import inspect_model

    with _located(options.uri):
        described = inspect_model(options.uri)
    if options.json or not sys.stdout.isatty():
        print(json.dumps(described, indent=1, ensure_ascii=False))
        return
    from .description import as_text

    print(as_text(described))
    print("\nNothing of the model was run. --json says all of it.")


if __name__ == "__main__":
    sys.exit(main())
