"""Builds the object that a plan describes: runs the slice and reports failures by the user's lines."""

import ast
import linecache
import os
import site
import sys
import types
from pathlib import Path
from typing import Any

from dspy_flavor.slicer import Plan, PlanError, plan

from .job import Channel, JobError
from .places import place, shown_file

_DEEPEST_PACKAGE = 20


def make_plan(params: dict[str, Any], *, refuse: bool = True) -> Plan:
    """Make the plan of a job, or refuse what cannot be run as it was asked for."""
    subject, settings = params["subject"], params["settings"]
    try:
        made = plan(
            subject.get("text") or "",
            subject.get("name"),
            path=shown_file(params),
            cells=subject.get("cells"),
            cell=subject.get("cell"),
            line=subject.get("line"),
            execute=settings.get("execute") or "slice",
            constructor_arguments=settings.get("constructor_arguments"),
        )
    except PlanError as error:
        detail = {"line": error.line, "path": subject["path"]}
        raise JobError(error.code, str(error), detail) from None
    if refuse and made.error is not None:
        detail = {
            "candidates": made.as_json()["candidates"],
            "name": made.chosen,
            "parameters": list(made.required),
            "path": subject["path"],
        }
        raise JobError(made.error["code"], made.error["message"], detail)
    if refuse and made.confirm and not settings.get("confirmed"):
        raise _to_confirm(made, params)
    return made


def _to_confirm(made: Plan, params: dict[str, Any]) -> JobError:
    file, path = shown_file(params), params["subject"]["path"]
    listed = "\n".join(
        f"{place(params, s.line).removeprefix(f'{file}, ')}: `{s.text}` {s.reason}"
        for s in made.confirm
    )
    return JobError(
        "confirm",
        f"{file}: building `{made.name}` does more than build it.\n{listed}\nRun this too? Pass"
        " `confirmed: true` to agree.",
        {"confirm": made.as_json()["confirm"], "name": made.chosen, "path": path},
    )


def build(made: Plan, params: dict[str, Any], channel: Channel) -> Any:
    """Run a plan's code and return the object."""
    import dspy

    path = params["subject"]["path"]
    module = run_plan(made, params, channel)
    if made.name not in vars(module):
        raise JobError(
            "program",
            f"{shown_file(params)}: `{made.name}` was not defined when the file ran.",
            {"path": path},
        )
    found = vars(module)[made.name]
    if made.kind == "class" and isinstance(found, type):
        channel.note(line=made.line)
        found = _guarded(found, params, made.line, made.name)
    if not isinstance(found, dspy.Module):
        kind = "a class" if isinstance(found, type) else f"a {type(found).__name__}"
        raise JobError(
            "refused",
            f"{place(params, made.line)}: `{made.name}` is {kind}, not a DSPy program. Choose an"
            " instance of dspy.Module.",
            {"line": made.line, "path": path},
        )
    return found


def run_plan(made: Plan, params: dict[str, Any], channel: Channel) -> types.ModuleType:
    """Run a plan's code and return the module that it fills."""
    subject = params["subject"]
    file = Path(subject["path"])
    _enter(file, Path(params["settings"]["root"]))
    channel.note(path=subject["path"])
    count = len(made.run)
    channel.progress(f"Running {count} statement{'' if count == 1 else 's'} of {file.name}")
    return _run(made, params, channel)


def _enter(file: Path, root: Path) -> None:
    """Let the workspace's modules be found, as they are when the file is run from the root."""
    folder = root if root.is_dir() else file.parent
    os.chdir(folder)
    top, _ = package_of(file)
    paths = [str(top), str(folder)]
    paths += [p for p in os.environ.get("PYTHONPATH", "").split(os.pathsep) if p]
    if sys.prefix == sys.base_prefix and site.ENABLE_USER_SITE:
        paths.append(site.getusersitepackages())
    sys.path[:0] = [p for p in dict.fromkeys(paths) if p not in sys.path]
    sys.argv = [str(file)]


def package_of(file: Path) -> tuple[Path, str]:
    """Return the folder that a file's package is imported from, and the package's name."""
    names: list[str] = []
    folder = file.parent
    while (folder / "__init__.py").is_file() and len(names) < _DEEPEST_PACKAGE:
        names.insert(0, folder.name)
        folder = folder.parent
    return folder, ".".join(names)


def _run(made: Plan, params: dict[str, Any], channel: Channel) -> types.ModuleType:
    """Run the code statement by statement, telling the daemon which line it is."""
    subject = params["subject"]
    path = subject["path"]
    module = types.ModuleType("__main__")
    module.__file__ = path
    module.__package__ = package_of(Path(path))[1] or None
    sys.modules["__main__"] = module
    text = made.code if subject.get("cells") is not None else subject.get("text") or ""
    shown = text.splitlines(keepends=True)
    linecache.cache[path] = (len(text), None, shown, path)
    flags = 0
    for statement in ast.parse(made.code, path).body:
        channel.note(line=statement.lineno)
        if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
            import __future__

            for alias in statement.names:
                flags |= getattr(__future__, alias.name).compiler_flag
        try:
            code = compile(ast.Module([statement], []), path, "exec", flags, dont_inherit=True)
        except (SyntaxError, ValueError) as error:
            raise _failed(error, params, statement.lineno) from None
        try:
            exec(code, vars(module))  # noqa: S102 - the job: the user's own code, in its own process
        except MemoryError:
            raise
        except BaseException as error:
            offer = "file" if made.skipped and isinstance(error, NameError) else None
            raise _failed(error, params, statement.lineno, offer=offer) from error
    return module


def _guarded(cls: Any, params: dict[str, Any], line: int, name: str) -> Any:
    try:
        return cls()
    except MemoryError:
        raise
    except BaseException as error:
        raise _failed(error, params, line, f"making `{name}()`") from error


def _failed(
    error: BaseException,
    params: dict[str, Any],
    line: int,
    doing: str = "",
    offer: str | None = None,
) -> JobError:
    """Return one message for a failure of user code: its line, what was raised, what to do.

    `offer` is what may help: `file`, to run the whole file.
    """
    import traceback

    path, lines = params["subject"]["path"], []
    traced = error.__traceback__
    while traced is not None:
        if traced.tb_frame.f_code.co_filename == path:
            lines.append(traced.tb_lineno)
        traced = traced.tb_next
    where = lines[-1] if lines else (getattr(error, "lineno", None) or line)
    traceback.print_exception(error)
    what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    if isinstance(error, SystemExit):
        what = f"the program ended itself ({what})"
    during = f" while {doing}" if doing else ""
    hint = ""
    if isinstance(error, ModuleNotFoundError):
        hint = f" Install it for {sys.executable}, or choose another interpreter."
    if offer:
        hint = ' If a skipped statement defines it, run the whole file: execute = "file".'
    text = f"{place(params, where)}{during}: {what}{'' if what.endswith('.') else '.'}{hint}"
    detail = {"line": where, "path": path, **({"offer": offer} if offer else {})}
    return JobError("program", text, detail)


def user_failure(error: BaseException, params: dict[str, Any], line: int, doing: str) -> JobError:
    """Return the failure of user code that was called after it was built."""
    return _failed(error, params, line, doing)
