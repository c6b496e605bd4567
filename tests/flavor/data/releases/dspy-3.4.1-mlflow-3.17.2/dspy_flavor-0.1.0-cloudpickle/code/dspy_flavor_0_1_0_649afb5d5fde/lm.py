"""Language models, rebuilt from an allow-list: what is not on it does not leave the process."""

import inspect
from collections.abc import Iterable
from typing import Any

from . import names
from .credentials import (
    Credentials,
    clean_url,
    environment_name,
    is_sensitive,
)
from .wording import is_placeholder

ALLOWED_KWARGS = frozenset(
    [
        "temperature",
        "max_tokens",
        "max_completion_tokens",
        "max_output_tokens",
        "top_p",
        "top_k",
        "min_p",
        "top_a",
        "n",
        "stop",
        "seed",
        "presence_penalty",
        "frequency_penalty",
        "repetition_penalty",
        "repeat_penalty",
        "logit_bias",
        "logprobs",
        "top_logprobs",
        "response_format",
        "reasoning",
        "reasoning_effort",
        "thinking",
        "verbosity",
        "timeout",
        "request_timeout",
        "rollout_id",
        "parallel_tool_calls",
        "tool_choice",
        "modalities",
        "service_tier",
        "drop_params",
        "allowed_openai_params",
        "api_base",
        "base_url",
        "api_version",
        "api_type",
        "custom_llm_provider",
        "base_model",
        "deployment_id",
        "region_name",
        "aws_region_name",
        "vertex_project",
        "vertex_location",
        "num_ctx",
        "num_predict",
        "keep_alive",
        "truncate",
        "safety_settings",
        "store",
        "stream_options",
        "prompt_cache",
        "use_developer_role",
        "num_retries",
        "cache",
        "truncation",
    ]
)
"""Arguments of `dspy.LM` that describe a request or an endpoint, and prove nothing."""

ALLOWED_ATTRIBUTES = frozenset(
    [
        "model",
        "model_type",
        "cache",
        "cache_in_memory",
        "num_retries",
        "finetuning_model",
        "use_developer_role",
        "_warned_zero_temp_rollout",
    ]
)
_URLS = frozenset({"api_base", "base_url"})
_RUNTIME = frozenset(
    [
        "history",
        "callbacks",
        "launch_kwargs",
        "train_kwargs",
        "provider",
        "_engine_store",
        "_engine_lock",
    ]
)
_ENGINES = frozenset({"_engine_spec", "_async_engine_spec"})


def is_builtin(lm: Any) -> bool:
    """Whether the class is `dspy.LM` itself."""
    return f"{type(lm).__module__}.{type(lm).__qualname__}" == "dspy.clients.lm.LM"


def declares_state(lm: Any) -> bool:
    """Whether the class of a custom language model says itself how it is kept."""
    dump = getattr(type(lm), "dump_state", None)
    load = getattr(type(lm), "load_state", None)
    module = getattr(dump, "__module__", None) or ""
    return (
        callable(dump)
        and callable(load)
        and not module.startswith("dspy.clients.base_lm")
        and (not module.startswith("dspy.clients.lm"))
    )


def declared_state(lm: Any, path: str) -> dict[str, Any]:
    """Return what a custom language model's `dump_state` says, without credentials."""
    state = lm.dump_state()
    if not isinstance(state, dict):
        from .errors import invalid

        raise invalid(f"{path}: {type(lm).__name__}.dump_state() must return a dict.")
    return {
        key: _clean_url_value(value, key)
        for key, value in state.items()
        if not is_sensitive(key) and key != "_dspy_lm_class"
    }


def load_declared(cls: Any, state: dict[str, Any]) -> Any:
    """Rebuild a custom language model from its declared state."""
    if "allow_custom_lm_class" in inspect.signature(cls.load_state).parameters:
        return cls.load_state(state, allow_custom_lm_class=True)
    return cls.load_state(state)


def secrets_of(models: Iterable[Any]) -> dict[str, str]:
    """Return the credentials that language models hold in this process, by value."""
    log = Credentials()
    for lm in models:
        if lm is not None:
            note_credentials(lm, type(lm).__name__, log)
    return log.secrets


def provider_of(lm: Any) -> str:
    """Return `openai` for `openai/gpt-4o-mini`."""
    model = getattr(lm, "model", None)
    return model.split("/", 1)[0] if isinstance(model, str) and "/" in model else "openai"


def note_credentials(lm: Any, path: str, log: Credentials) -> None:
    """Note everything in a language model that is not on the allow-list."""
    kwargs = getattr(lm, "kwargs", None)
    for name, value in (kwargs if isinstance(kwargs, dict) else {}).items():
        where = f"{path}.kwargs[{name!r}]"
        if is_left_out(name, value) and value is not None:
            log.add(where, value, _variable(lm, name, value), name)
        else:
            _note_url(value, name, where, log)
    for name, value in vars(lm).items():
        where = f"{path}.{name}"
        if name in {"launch_kwargs", "train_kwargs"} and value:
            log.add(where, value, name=name)
        elif name != "kwargs" and names.is_left_out(name, value):
            log.add(where, value, _variable(lm, name, value), name)
        else:
            _note_url(value, name, where, log)


def _note_url(value: Any, name: str, path: str, log: Credentials) -> None:
    for item in value if isinstance(value, (list, tuple)) else [value]:
        taken = clean_url(item)[1] if _is_url(item, name) else []
        if taken:
            log.add(path + " (user, password or key in the URL)", taken)


def _variable(lm: Any, name: str, value: Any) -> str | None:
    """Name the variable to read a left-out argument from; structured ones have none."""
    if not isinstance(value, str) or not is_sensitive(name):
        return None
    return environment_name(name, value, provider_of(lm))


def is_left_out(name: str, value: Any = None) -> bool:
    """Whether an argument of a language model is not kept.

    A key that says that there is none is: a server on this machine may ask for one and look at none,
    and a real key from the environment is not for it to see.
    """
    if name == "api_key" and isinstance(value, str) and is_placeholder(value):
        return False
    return name not in ALLOWED_KWARGS


def kept_kwargs(lm: Any) -> dict[str, Any]:
    """Return the arguments that are kept."""
    kwargs = getattr(lm, "kwargs", None)
    kept = kwargs if isinstance(kwargs, dict) else {}
    return {
        name: _clean_url_value(value, name)
        for name, value in kept.items()
        if not is_left_out(name, value)
    }


def from_environment(lm: Any) -> dict[str, str]:
    """Return the left-out arguments that are read from the environment, with their variables."""
    kwargs = getattr(lm, "kwargs", None)
    named = {}
    for name, value in (kwargs if isinstance(kwargs, dict) else {}).items():
        variable = _variable(lm, name, value) if is_left_out(name, value) else None
        if variable is not None:
            named[name] = variable
    return named


def kept_attributes(lm: Any) -> dict[str, Any]:
    """Return the attributes that are kept, beside `kwargs`.

    Of `dspy.LM` those on the allow-list; of a custom class also its own, but credentials.
    """
    kept = {}
    for name, value in vars(lm).items():
        if name in _RUNTIME or name == "kwargs" or name in _ENGINES or name == "_providers":
            continue
        if name in ALLOWED_ATTRIBUTES or (not is_builtin(lm) and not is_sensitive(name)):
            kept[name] = _clean_url_value(value, name)
    return kept


def engines(lm: Any) -> dict[str, Any]:
    """Return the engines of dspy 3.4: a name such as 'auto', or an object."""
    return {name: vars(lm)[name] for name in sorted(_ENGINES) if name in vars(lm)}


def _clean_url_value(value: Any, name: str) -> Any:
    if isinstance(value, list) and name in _URLS:
        return [_clean_url_value(item, name) for item in value]
    return clean_url(value)[0] if _is_url(value, name) else value


def _is_url(value: Any, name: str) -> bool:
    return (
        isinstance(value, str)
        and ("://" in value or name in _URLS)
        and not any(character.isspace() for character in value)
    )


_EMBEDDING_ARGUMENTS = frozenset({"dimensions", "encoding_format", "input_type", "caching"})


def kept_arguments(arguments: dict[str, Any]) -> dict[str, Any]:
    """Return what is kept of the arguments that a predictor or an embedder passes on."""
    kept = ALLOWED_KWARGS | _EMBEDDING_ARGUMENTS
    return {
        name: _clean_url_value(value, name) for name, value in arguments.items() if name in kept
    }


def note_arguments(arguments: dict[str, Any], path: str, log: Credentials) -> None:
    """Note what is not kept of such arguments."""
    for name, value in arguments.items():
        where = f"{path}[{name!r}]"
        if name not in ALLOWED_KWARGS | _EMBEDDING_ARGUMENTS and value is not None:
            log.add(where, value, name=name)
        else:
            _note_url(value, name, where, log)
