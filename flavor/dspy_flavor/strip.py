"""What must not leave the process, found by the structure of the program that holds it."""

import inspect
from typing import Any

from . import lm as language_models
from .credentials import Credentials, environment_secrets
from .names import is_left_out, variable_for
from .walk import Found


def credentials_in(found: Found) -> Credentials:
    """Return every credential that a walk met, and those of the environment."""
    log = Credentials()
    for path, model in found.models:
        language_models.note_credentials(model, path, log)
    plain = (item for item in found.named_strings if is_left_out(item[1], item[2]))
    for path, name, value in (*plain, *found.held):
        if value and not _belongs_to_model(path, found):
            log.add(path, value, variable_for(name, value, path), name)
    for path, arguments in found.configurations:
        language_models.note_arguments(arguments, path, log)
    for path, adapter in found.adapters:
        for name in set(vars(adapter)) - adapter_attributes(type(adapter)):
            log.add(f"{path}.{name}", vars(adapter)[name], name=name)
    for name, text in environment_secrets():
        log.forbid(text, f"the value of the environment variable {name}")
    return log


def _belongs_to_model(path: str, found: Found) -> bool:
    return any(path.startswith(f"{owner}.kwargs") for owner, _ in found.models)


def adapter_attributes(cls: type) -> set[str]:
    """Return the attributes of an adapter of DSPy's that are kept: its constructors' arguments.

    Of a user's own adapter class all are, but credentials.
    """
    if not cls.__module__.startswith("dspy."):
        return _Everything()
    names = set()
    for base in cls.__mro__:
        init = vars(base).get("__init__")
        if callable(init) and base is not object:
            names |= set(inspect.signature(init).parameters)
    return names


class _Everything(set[str]):
    """A set with every name in it."""

    def __rsub__(self, other: Any) -> Any:
        return set()

    def __contains__(self, name: object) -> bool:
        return True
