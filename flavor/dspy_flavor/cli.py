"""The command line: log a program from its file; load, ask and inspect a model that was logged.

dspy-flavor log FILE[:NAME]     run what builds the object, and log it
dspy-flavor load URI            load a model and say what it is
dspy-flavor predict URI         answer inputs from --input or standard input
dspy-flavor inspect URI         say what is inside, without running any of it
"""

import argparse
import json
import logging
import sys
import types
from collections.abc import Sequence
from pathlib import Path
from typing import Any

FOUND, FAILED, UNUSABLE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out one command and return the exit code: 0 done, 1 refused or failed, 2 misused."""
    options = _parser().parse_args(arguments)
    logging.getLogger("mlflow").setLevel(logging.WARNING)
    try:
        options.run(options)
    except KeyboardInterrupt:
        print("Interrupted. Nothing unfinished is marked as ready.", file=sys.stderr)
        return FAILED
    except Exception as error:
        if not _is_for_people(error):
            raise
        print(f"dspy-flavor: {error}", file=sys.stderr)
        return FAILED
    return FOUND


def _is_for_people(error: Exception) -> bool:
    from mlflow.exceptions import MlflowException

    from .slicer import PlanError

    return isinstance(error, (MlflowException, PlanError, OSError))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="dspy-flavor", description=_summary())
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    log = commands.add_parser("log", help="log a program from its file")
    log.add_argument("target", metavar="FILE[:NAME]", help="a Python file, and the object in it")
    log.add_argument("--name", default="model", help="the logged model's name")
    log.add_argument("--experiment", help="the experiment to log to")
    log.add_argument("--format", choices=("source", "cloudpickle"), default="source")
    log.add_argument("--register", metavar="NAME", help="register it under this name")
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
            command.add_argument("--threads", type=int, help="rows at once")
    return parser


def _summary() -> str:
    return (__doc__ or "").partition("\n")[0]


def _log(options: argparse.Namespace) -> None:
    import mlflow

    from .errors import invalid
    from .log import log_model
    from .program_source import ProgramSource
    from .slicer import plan

    file, _, name = options.target.partition(":")
    path = Path(file)
    made = plan(path.read_text(encoding="utf-8"), name or None, path=str(path))
    if made.error is not None:
        raise invalid(made.error["message"])
    if made.confirm and not options.yes:
        lines = "\n".join(f"  line {item.line}: {item.text}" for item in made.confirm)
        raise invalid(f"To build {made.name!r}, these are run:\n{lines}\nSay --yes if they may be.")
    if options.experiment:
        mlflow.set_experiment(options.experiment)
    program = _build(made.code, made.name, path)
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


def _build(code: str, name: str, path: Path) -> Any:
    """Run a slice of the user's file, as a script of that name would run."""
    module = types.ModuleType("__main__")
    module.__file__ = str(path.absolute())
    sys.path.insert(0, str(path.absolute().parent))
    exec(compile(code, str(path), "exec"), vars(module))  # noqa: S102 - the user asked for it
    program = vars(module)[name]
    return program() if isinstance(program, type) else program


def _show(result: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(result, indent=1))
        return
    print(f"Logged {result['model_uri']} in run {result['run_id']}")
    for item in result["skipped"]:
        print(f"  line {item['line']} was not run: {item['reason']}")
    print(f"Open it: mlflow ui --backend-store-uri {result['tracking_uri']}")


def _load(options: argparse.Namespace) -> None:
    from .interface import interface_of
    from .load import load_model

    program = load_model(options.uri)
    print(f"{type(program).__name__}({interface_of(program).describe()})")
    for name, predictor in program.named_predictors():
        print(f"  {name}: {predictor.signature.signature}")


def _predict(options: argparse.Namespace) -> None:
    import mlflow

    text = options.input if options.input is not None else sys.stdin.read()
    try:
        data = json.loads(text)
    except ValueError:
        data = text.strip()
    model = mlflow.pyfunc.load_model(options.uri)
    params = {"num_threads": options.threads} if options.threads else None
    print(json.dumps(model.predict(data, params=params), indent=1, ensure_ascii=False))


def _inspect(options: argparse.Namespace) -> None:
    from .inspection import inspect_model

    print(json.dumps(inspect_model(options.uri), indent=1, ensure_ascii=False))


if __name__ == "__main__":
    sys.exit(main())
