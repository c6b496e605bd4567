"""What a run says of where its model comes from: texts only, free of credentials."""

import difflib
import getpass
import sys
from typing import Any

from dspy_flavor.credentials import Credentials
from dspy_flavor.redact import redact
from dspy_flavor.slicer import Plan

from .git import Commit
from .places import file_of
from .store import FILE, JOB, OBJECT, WORKER, worker_id

SLICE = "source/slice.py"
DIFF = "source/changes.diff"


def tags_of(
    program: Any, made: Plan, params: dict[str, Any], job: str, commit: Commit | None
) -> dict[str, str]:
    """Return a run's tags."""
    import dspy
    import mlflow

    file = file_of(params)
    tags = {
        "mlflow.source.name": file,
        "mlflow.source.type": "LOCAL",
        "mlflow.user": _user(),
        FILE: file,
        OBJECT: object_name(made),
        "dspy_companion.line": str(made.line),
        "dspy_companion.signature": signature_text(program),
        "dspy_companion.lm": ", ".join(lm_names(program)) or "none",
        "dspy_companion.dspy": dspy.__version__,
        "dspy_companion.mlflow": mlflow.__version__,
        "dspy_companion.python": sys.version.split()[0],
        JOB: job,
        WORKER: worker_id(),
    }
    if commit is not None:
        tags["mlflow.source.git.commit"] = commit.sha
        tags["dspy_companion.git.dirty"] = str(commit.dirty).lower()
    return {key: value[:4000] for key, value in tags.items()}


def object_name(made: Plan) -> str:
    """Return the object's name in the file."""
    return made.chosen or made.name


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return "unknown"


def signature_text(program: Any) -> str:
    """Return the signatures of a program's predictors, a line for each."""
    lines = []
    for name, predictor in program.named_predictors():
        signature = getattr(predictor, "signature", None)
        if signature is None:
            continue
        sides = [
            ", ".join(f"{key}: {_type_text(field.annotation)}" for key, field in fields.items())
            for fields in (signature.input_fields, signature.output_fields)
        ]
        lines.append(f"{name}: {sides[0]} -> {sides[1]}")
    return "\n".join(lines)


def _type_text(annotation: Any) -> str:
    if isinstance(annotation, type) and not getattr(annotation, "__args__", ()):
        return annotation.__name__
    return str(annotation).replace("typing.", "").replace("__main__.", "")


def lm_names(program: Any) -> list[str]:
    """Return the names of the language models that a program uses, never their keys."""
    import dspy

    models = [getattr(predictor, "lm", None) for predictor in program.predictors()]
    names = [str(getattr(lm, "model", "")) for lm in [*models, dspy.settings.lm] if lm is not None]
    return [redact(name) for name in dict.fromkeys(names) if name]


def clean(text: str, credentials: Credentials) -> str:
    """Return a text without any credential."""
    return redact(text, credentials.secrets)


def readable(code: str) -> str:
    """Return a slice without the long gaps that what was skipped left."""
    lines: list[str] = []
    for line in code.splitlines():
        if line.strip() or (lines and lines[-1].strip()):
            lines.append(line.rstrip())
    return "\n".join(lines).strip() + "\n"


def difference(before: str | None, now: str) -> str:
    """Return what changed since the last logged version, as a diff; "" if nothing."""
    if before is None:
        return ""
    pair = readable(before).splitlines(), readable(now).splitlines()
    return "\n".join(difflib.unified_diff(*pair, "last logged", "this version", lineterm=""))
