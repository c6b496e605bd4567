"""The `source` format: the program's code, typed signatures, DSPy's state and settings as JSON."""

import json
from pathlib import Path
from typing import Any

from . import lm as language_models
from .encode import Encoder
from .errors import invalid
from .isolation import PROGRAM
from .local_code import copy_local_code
from .tree import CODE_FOLDER
from .user_code import UserCode

PROGRAM_FILE = "data/program.json"


def write_source(reading: Any, path: Path) -> str:
    """Write a program in the `source` format and return the path of its description."""
    request = reading.request
    given = request.program_source
    code = UserCode(reading.local_code, given.code if given is not None else None)
    encoder = Encoder(code)
    if given is None:
        program = encoder.encode(request.model, type(request.model).__name__)
        content: dict[str, Any] = {"kind": "tree", "program": program}
    else:
        content = {"kind": "code", "program": given.name, "path": _file_name(given.path)}
        content["predictors"] = _predictors(request.model, encoder)
    content["settings"] = _settings(reading, encoder, given)
    content["model_config"] = request.model_config
    _write_code(reading, code, path / CODE_FOLDER)
    (path / PROGRAM_FILE).write_text(_json(content), encoding="utf-8")
    return PROGRAM_FILE


def _json(content: dict[str, Any]) -> str:
    try:
        return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise invalid(
            f"The model's configuration is no JSON ({error}). Use strings, numbers, lists, dicts."
        ) from error


def _file_name(path: str | None) -> str | None:
    """Keep the name of the user's file, and not where on this machine it is."""
    return Path(path).name if path else None


def _write_code(reading: Any, code: UserCode, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    copy_local_code(reading.local_code, folder)
    text = code.program_code()
    if text:
        (folder / f"{PROGRAM}.py").write_text(text, encoding="utf-8")


def _predictors(program: Any, encoder: Encoder) -> dict[str, Any]:
    """Return what each predictor has beside what the code gives it."""
    name = type(program).__name__
    return {
        path: {
            "signature": encoder.encode(predictor.signature, f"{name}.{path}.signature"),
            "demos": encoder.encode(predictor.demos, f"{name}.{path}.demos"),
            "config": encoder.encode(
                language_models.kept_arguments(getattr(predictor, "config", {})),
                f"{name}.{path}.config",
            ),
            "lm": _lm(predictor.lm, f"{name}.{path}.lm", encoder),
        }
        for path, predictor in program.named_predictors()
    }


def _settings(reading: Any, encoder: Encoder, given: Any) -> dict[str, Any]:
    nodes = {}
    for key, value in reading.settings.items():
        if given is not None and key == "lm":
            nodes[key] = _lm(value, f"dspy.settings.{key}", encoder)
        else:
            nodes |= encoder.named({key: value}, "dspy.settings", 0)
    return nodes


def _lm(lm: Any, path: str, encoder: Encoder) -> Any:
    """Encode a language model, or leave one to the code that builds it if it declares no state."""
    if lm is None:
        return None
    if language_models.is_builtin(lm) or language_models.declares_state(lm):
        return encoder.encode(lm, path)
    return {"$built": True}
