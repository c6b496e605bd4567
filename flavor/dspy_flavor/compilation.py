"""How a program came about: which optimizer made it, from what, and what has changed."""

import difflib
import json
import weakref
from typing import Any

from .jsonable import jsonable

_made: "weakref.WeakKeyDictionary[Any, dict[str, Any]]" = weakref.WeakKeyDictionary()


def compiled_by(
    program: Any,
    *,
    optimizer: Any,
    metric: Any = None,
    trainset: Any = None,
    student: Any = None,
) -> Any:
    """Note how a program was compiled, so that it is kept when the program is logged.

    `autolog` notes it by itself.

    Args:
        program: What the optimizer returned.
        optimizer: The optimizer, or its name.
        metric: The metric that it went by; the optimizer's own by default.
        trainset: The examples that it learned from: their number is kept, not they.
        student: The program that it began with, for the diff; it may be the same object if
            `readable(student)` was taken before.

    Returns:
        The program.
    """
    metric = metric if metric is not None else getattr(optimizer, "metric", None)
    _made[program] = {
        "optimizer": optimizer if isinstance(optimizer, str) else type(optimizer).__name__,
        "metric": metric if isinstance(metric, str) else getattr(metric, "__name__", None),
        "trainset_size": len(trainset) if trainset is not None else None,
        "before": student if isinstance(student, dict) else readable(student) if student else None,
    }
    return program


def describe_compilation(program: Any) -> dict[str, Any] | None:
    """Return what is known of how a program was compiled."""
    made = _made.get(program)
    if made is None:
        return {"compiled": True} if getattr(program, "_compiled", False) else None
    return {"compiled": True, **{key: value for key, value in made.items() if key != "before"}}


def readable(program: Any) -> dict[str, Any]:
    """Return instructions, field descriptions and demos by predictor: what an optimizer changes."""
    return {
        name: {
            "instructions": predictor.signature.instructions,
            "fields": {
                field: str((info.json_schema_extra or {}).get("desc", ""))
                for field, info in predictor.signature.fields.items()
            },
            "demos": [jsonable(dict(demo.items())) for demo in predictor.demos],
        }
        for name, predictor in program.named_predictors()
    }


def difference(program: Any) -> str | None:
    """Return a unified diff from the program that was compiled to what became of it."""
    before = (_made.get(program) or {}).get("before")
    if before is None:
        return None
    return "".join(
        difflib.unified_diff(
            _lines(before), _lines(readable(program)), "before compiling", "compiled"
        )
    )


def _lines(state: dict[str, Any]) -> list[str]:
    return json.dumps(state, indent=1, ensure_ascii=False).splitlines(keepends=True)
