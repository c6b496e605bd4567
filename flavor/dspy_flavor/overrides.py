"""What one prediction may change: threads, what happens to a failing row, and the language model."""

import copy
from typing import Any, NamedTuple

from .errors import invalid

LM_ARGUMENTS = ("model", "temperature", "max_tokens", "top_p", "seed", "timeout", "num_retries")
_ATTRIBUTES = frozenset({"model", "cache", "num_retries"})
_POLICIES = ("raise", "return")


class Options(NamedTuple):
    """How one call of `predict` is carried out."""

    num_threads: int | None
    on_error: str
    lm: dict[str, Any]


def options_from(model_config: dict[str, Any] | None, params: dict[str, Any] | None) -> Options:
    """Read options; what `params` says holds over `model_config`."""
    said = {
        name: value
        for source in (model_config or {}, params or {})
        for name, value in source.items()
        if value is not None
    }
    on_error = said.get("on_error", "raise")
    if on_error not in _POLICIES:
        raise invalid(f"on_error must be one of {list(_POLICIES)}, not {on_error!r}.")
    threads = said.get("num_threads")
    if threads is not None:
        threads = _whole_number(threads)
    lm = {name: said[name] for name in (*LM_ARGUMENTS, "cache") if name in said}
    return Options(threads, on_error, lm)


def _whole_number(value: Any) -> int:
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    if isinstance(value, bool) or not whole or value < 1:
        raise invalid(f"num_threads must be a whole number from 1, not {value!r}.")
    return int(value)


def with_lm_overrides(lm: Any, overrides: dict[str, Any]) -> Any:
    """Return a copy of a language model with some arguments changed."""
    if lm is None or not overrides:
        return lm
    changed = lm.copy() if hasattr(lm, "copy") else copy.copy(lm)
    kwargs = dict(getattr(changed, "kwargs", None) or {})
    for name, value in overrides.items():
        if name in _ATTRIBUTES:
            setattr(changed, name, value)
        elif name == "max_tokens" and "max_completion_tokens" in kwargs:
            kwargs["max_completion_tokens"] = value
        else:
            kwargs[name] = value
    changed.kwargs = kwargs
    return changed


def with_program_overrides(program: Any, overrides: dict[str, Any]) -> Any:
    """Return a program whose predictors' own language models have some arguments changed."""
    if not overrides or all(getattr(p, "lm", None) is None for p in program.predictors()):
        return program
    changed = program.deepcopy()
    for original, predictor in zip(program.predictors(), changed.predictors(), strict=True):
        predictor.lm = with_lm_overrides(original.lm, overrides)
    return changed
