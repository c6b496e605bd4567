"""`dspy.settings`: what is kept of it, and whose settings hold when a model answers."""

import contextlib
from collections.abc import Iterator
from importlib import import_module
from typing import Any

NEVER_KEPT = frozenset(
    [
        "trace",
        "callbacks",
        "send_stream",
        "stream_listeners",
        "usage_tracker",
        "caller_predict",
        "caller_modules",
        "branch_idx",
        "bypass_assert",
        "bypass_suggest",
        "assert_failures",
        "suggest_failures",
        "parallel_executor",
        "main_thread_only",
    ]
)
"""The state of a running program, not its configuration."""


def kept_settings() -> dict[str, Any]:
    """Return the settings of this thread or task that differ from DSPy's defaults."""
    import dspy

    defaults = _module().DEFAULT_CONFIG
    kept = {}
    for key, value in dict(dspy.settings.config).items():
        if key in NEVER_KEPT:
            continue
        if key not in defaults or _differs(value, defaults[key]):
            kept[key] = value
    return kept


def _module() -> Any:
    """Return DSPy's module of settings: `dspy.dsp.utils.settings` names the object in it."""
    return import_module("dspy.dsp.utils.settings")


def _differs(value: Any, default: Any) -> bool:
    return value is not default and (type(value) is not type(default) or value != default)


def overrides() -> dict[str, Any]:
    """Return what an enclosing `dspy.context` has put over the process's configuration.

    A context copies the whole configuration; only what differs from it was asked for.
    """
    settings = _module()
    configured = settings.main_thread_config
    missing = object()
    return {
        key: value
        for key, value in _thread_overrides().items()
        if configured.get(key, missing) is not value
    }


def _thread_overrides() -> dict[str, Any]:
    settings = _module()
    holder = settings.thread_local_overrides
    if hasattr(holder, "get"):
        return dict(holder.get())
    return dict(getattr(holder, "overrides", {}))  # dspy 2.6 keeps them per thread


@contextlib.contextmanager
def applied(saved: dict[str, Any], enclosing: dict[str, Any] | None = None) -> Iterator[None]:
    """Let saved settings hold inside: over `dspy.configure`, under an enclosing `dspy.context`.

    Args:
        saved: The settings kept with the model.
        enclosing: What `overrides()` said in the thread that asked; this thread's by default.
    """
    import dspy

    asked = overrides() if enclosing is None else enclosing
    with dspy.context(**{**saved, **asked}):
        yield


def restore(saved: dict[str, Any]) -> None:
    """Configure what this process has not configured, and replace nothing.

    `dspy.configure` belongs to one thread; a model may be loaded in any, so values that nobody
    has set are put in place directly, which takes nothing from that thread.
    """
    settings = _module()
    with settings.global_lock:
        for key, value in saved.items():
            if key in NEVER_KEPT:
                continue
            default = settings.DEFAULT_CONFIG.get(key)
            if not _differs(settings.main_thread_config.get(key), default):
                settings.main_thread_config[key] = value
