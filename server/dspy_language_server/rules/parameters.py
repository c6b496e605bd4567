"""What DSPy's optimizers and `Evaluate` take, release by release, from a measured table.

`tests/rules/make_parameter_tables.py` writes the table.
"""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from dspy_language_server.signature.dialect import Parameter


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    text = (Path(__file__).parent / "tables" / "parameters.json").read_text("utf-8")
    table: dict[str, Any] = json.loads(text)
    return table


@lru_cache(maxsize=256)
def parameters(release: str, api: str, method: str = "__init__") -> tuple[Parameter, ...] | None:
    """The parameters of a class's constructor or method; None for what is not in the table."""
    rows = _table().get(release, {}).get(api, {}).get(method)
    if rows is None:
        return None
    return tuple(Parameter(name, kind, required, None) for name, kind, required in rows)


def known_in(api: str) -> tuple[str, ...]:
    """The releases that have this class."""
    return tuple(release for release, apis in _table().items() if api in apis)
