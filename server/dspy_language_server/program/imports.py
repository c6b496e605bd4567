"""What imports bind: DSPy's names, the workspace's, and names of other libraries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dspy_language_server.program.model import (
    UNKNOWN,
    ApiValue,
    ExternalValue,
    ModuleValue,
    Value,
)
from dspy_language_server.source import syntax as s

if TYPE_CHECKING:
    from dspy_language_server.program.analysis import Analysis

_FUNCTIONS = frozenset(
    [
        "ensure_signature",
        "make_signature",
        "infer_prefix",
        "configure",
        "context",
        "streamify",
        "asyncify",
        "syncify",
        "load",
        "majority",
        "track_usage",
        "configure_cache",
        "settings",
        "answer_exact_match",
        "answer_passage_match",
        "inspect_history",
        "enable_logging",
        "disable_logging",
    ]
)


def dspy_member(module: str, name: str) -> Value:
    """What `name` is in dspy or one of its modules."""
    if name[:1].isupper() or name in _FUNCTIONS:
        return ApiValue(name)
    if name.startswith("_"):
        return UNKNOWN
    return ModuleValue(f"{module}.{name}")


def imported_value(analysis: Analysis, imported: s.ImportedName) -> Value:
    """What one name of an import statement is bound to."""
    if imported.name is None:
        return _module(analysis, imported)
    if imported.level == 0 and _is_dspy(imported.module):
        return dspy_member(imported.module, imported.name)
    found = analysis.host.module(analysis, imported.module, imported.level)
    if found is not None:
        value = found.exported(imported.name)
        if value is not None:
            return value
    inner = f"{imported.module}.{imported.name}" if imported.module else imported.name
    submodule = analysis.host.module(analysis, inner, imported.level)
    if submodule is not None:
        return ModuleValue(inner, submodule.uri)
    if found is not None or imported.level:
        return UNKNOWN
    return ExternalValue(imported.module, imported.name)


def _module(analysis: Analysis, imported: s.ImportedName) -> Value:
    name = imported.module if imported.alias else imported.module.split(".")[0]
    if _is_dspy(name):
        return ModuleValue(name)
    found = analysis.host.module(analysis, name, 0)
    return ModuleValue(name, None if found is None else found.uri)


def _is_dspy(module: str) -> bool:
    return module == "dspy" or module.startswith("dspy.")


def module_member(analysis: Analysis, module: ModuleValue, name: str) -> Value:
    """What `module.name` is."""
    if _is_dspy(module.name) and module.uri is None:
        return dspy_member(module.name, name)
    if module.uri is not None:
        other = analysis.host.by_uri(module.uri)
        value = None if other is None else other.exported(name)
        if value is not None:
            return value
    inner = f"{module.name}.{name}"
    submodule = analysis.host.module(analysis, inner, 0)
    if submodule is not None:
        return ModuleValue(inner, submodule.uri)
    return UNKNOWN if module.uri is not None else ExternalValue(module.name, name)


def star_member(analysis: Analysis, imported: s.ImportedName, name: str) -> Value | None:
    """What a star import binds a name to; None where it certainly does not bind it."""
    if imported.level == 0 and _is_dspy(imported.module):
        known = analysis.dialect.module(imported.module)
        if isinstance(known, bool) or known is None:
            return UNKNOWN
        return dspy_member(imported.module, name) if name in known else None
    found = analysis.host.module(analysis, imported.module, imported.level)
    if found is None or found is analysis:
        return UNKNOWN
    return None if name.startswith("_") else found.exported(name)
