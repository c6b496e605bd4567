"""The credentials that a job's process knows of: nothing that it says may repeat one.

A provider that refuses a key likes to repeat it, and so does a person's own `print`. What is a
credential follows from the program's structure, as it does when the program is logged: from the
names in its module, in DSPy's settings and in the frames that an error went through.
"""

import contextlib
import sys
from types import TracebackType
from typing import Any

from dspy_flavor.credentials import SHORTEST, environment_secrets
from dspy_flavor.redact import redact

_LOOKED_AT = 50_000
"""Objects; a program that holds a data set is not walked to its end."""


def known_credentials(error: BaseException | None = None) -> dict[str, str]:
    """Return value and path of each credential in this process.

    Args:
        error: What user code raised; the local variables on its way are looked at too.
    """
    secrets = {value: name for name, value in environment_secrets() if len(value) >= SHORTEST}
    if "dspy" not in sys.modules:
        return secrets
    from dspy_flavor.settings import kept_settings
    from dspy_flavor.strip import credentials_in
    from dspy_flavor.walk import walk

    with contextlib.suppress(Exception):  # objects of user code may raise at anything
        roots = {"__main__": dict(vars(sys.modules["__main__"])), "settings": kept_settings()}
        roots |= _locals(error)
        secrets |= credentials_in(walk(roots, limit=_LOOKED_AT)).secrets
    return secrets


def _locals(error: BaseException | None) -> dict[str, dict[str, Any]]:
    """Return the local variables of the frames that an error and its causes went through."""
    found: dict[str, dict[str, Any]] = {}
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        traced: TracebackType | None = error.__traceback__
        while traced is not None:
            if not traced.tb_frame.f_globals.get("__name__", "").startswith("dspy_flavor"):
                found[f"frame {len(found)}"] = dict(traced.tb_frame.f_locals)
            traced = traced.tb_next
        error = error.__cause__ or error.__context__
    return found


def without(value: Any, secrets: dict[str, str]) -> Any:
    """Return plain data with the credentials taken out of every text in it, keys included."""
    if isinstance(value, str):
        return redact(value, secrets)
    if isinstance(value, dict):
        return {without(key, secrets): without(item, secrets) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [without(item, secrets) for item in value]
    return value
