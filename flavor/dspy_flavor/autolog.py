"""Tracking: MLflow's own autologging, without what it leaks, and with how programs came about."""

import functools
import inspect
import json
import logging
from importlib import import_module
from pathlib import Path
from typing import Any

from .compilation import compiled_by, readable
from .credentials import Credentials, clean_url, environment_secrets
from .lm import ALLOWED_KWARGS, secrets_of
from .names import CLIENT_ARGUMENTS, is_left_out
from .redact import LEFT_OUT, redact
from .temporary import temporary_folder
from .wording import is_harmless

_logger = logging.getLogger(__name__)
_seen = Credentials()
"""Credentials that passed by: their values are taken out of traces, error messages included."""
_originals: dict[tuple[Any, str], Any] = {}
_NOT_LOGGED = frozenset({"api_base", "base_url"})
_OF_A_CALL = frozenset({"prompt", "messages", "request", "args", "tools"})
"""What a call of a language model takes beside its arguments: its text is cleaned by value."""


def autolog(
    log_traces: bool = True,
    log_traces_from_compile: bool = False,
    log_traces_from_eval: bool = True,
    log_compiles: bool = False,
    log_evals: bool = False,
    disable: bool = False,
    silent: bool = False,
) -> None:
    """Switch MLflow's autologging for DSPy on or off, without credentials in what it records.

    Args:
        log_traces: Record a trace of each execution.
        log_traces_from_compile: Also of those while a program is compiled.
        log_traces_from_eval: Also of those while a program is evaluated.
        log_compiles: Record each compilation as a run.
        log_evals: Record each evaluation as a run.
        disable: Switch it off.
        silent: Keep MLflow's messages about it to itself.
    """
    import mlflow.dspy

    mlflow.dspy.autolog(
        log_traces=log_traces,
        log_traces_from_compile=log_traces_from_compile,
        log_traces_from_eval=log_traces_from_eval,
        log_compiles=log_compiles,
        log_evals=log_evals,
        disable=disable,
        silent=silent,
    )
    _put_back()
    _install_span_processor(disable=disable)
    if not disable:
        _filter_parameters()
        _note_root_modules()
        _note_compilations()


def _put_back() -> None:
    for (owner, name), original in _originals.items():
        setattr(owner, name, original)
    _originals.clear()


def _replace(owner: Any, name: str, value: Any) -> None:
    if not hasattr(owner, name):
        return  # a release of MLflow that does without it
    _originals.setdefault((owner, name), getattr(owner, name))
    setattr(owner, name, value)


def _filter_parameters() -> None:
    """Have MLflow record of a language model what is on the allow-list."""
    util = import_module("mlflow.dspy.util")
    callback = import_module("mlflow.dspy.callback")
    for module in (util, callback):
        _replace(module, "sanitize_params", kept_parameters)
        _replace(module, "save_dspy_module_state", save_state)
        _replace(module, "log_dspy_module_params", log_state)


def kept_parameters(params: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of a language model that may be seen."""
    kept = {}
    for name, value in params.items():
        if name in ALLOWED_KWARGS and name not in _NOT_LOGGED:
            kept[name] = value
        elif name in _NOT_LOGGED and isinstance(value, str):
            for part in clean_url(value)[1]:
                _seen.forbid(part, name)
        else:
            _seen.add(name, value, name=name)
    return kept


def save_state(program: Any, file_name: str = "model.json") -> None:
    """Log a program's state as MLflow does, with the language models' credentials left out."""
    import mlflow

    try:
        state = _kept_state(program)
        text = redact(json.dumps(state, indent=2, default=str), _secrets())
        with temporary_folder() as folder:
            path = Path(folder, file_name)
            path.write_text(text, encoding="utf-8")
            mlflow.log_artifact(str(path))
    except Exception as error:  # noqa: BLE001 - logging must not end hours of compiling
        _logger.warning("The program's state was not logged: %s", redact(str(error), _secrets()))


def log_state(program: Any) -> None:
    """Log a program's state as run parameters, as MLflow does; MLflow's own lets keys through."""
    import mlflow

    flatten = import_module("mlflow.dspy.util")._flatten_dspy_module_state  # noqa: SLF001
    try:
        secrets = _secrets()
        flat = flatten(_kept_state(program), exclude_keys=("metadata", "traces", "train"))
        name = type(program).__name__
        mlflow.log_params({f"{name}.{k}": redact(str(v), secrets) for k, v in flat.items()})
    except Exception as error:  # noqa: BLE001 - logging must not end an evaluation of hours
        _logger.warning("The program's state was not logged: %s", redact(str(error), _secrets()))


def _kept_state(program: Any) -> dict[str, Any]:
    state: dict[str, Any] = program.dump_state()
    for part in state.values():
        if isinstance(part, dict) and isinstance(part.get("lm"), dict):
            part["lm"] = _kept_lm_state(part["lm"])
    return state


def _kept_lm_state(state: dict[str, Any]) -> dict[str, Any]:
    attributes = {"model", "model_type", "cache", "num_retries", "finetuning_model"}
    named = {name: value for name, value in state.items() if name in attributes}
    return {**kept_parameters({k: v for k, v in state.items() if k not in attributes}), **named}


def _secrets() -> dict[str, str]:
    secrets = dict(_seen.secrets)
    for name, value in environment_secrets():
        if len(value) >= 8:
            secrets.setdefault(value, name)
    return secrets


def _install_span_processor(*, disable: bool) -> None:
    """Look over each span before it is exported; MLflow 3.0 has no place for that yet."""
    import mlflow

    configure = getattr(mlflow.tracing, "configure", None)
    if configure is None or "span_processors" not in inspect.signature(configure).parameters:
        if not disable:
            _clean_as_spans_end()
        return
    config = import_module("mlflow.tracing.config").get_config()
    others = [item for item in config.span_processors if item is not clean_span]
    configure(span_processors=others if disable else [*others, clean_span])


def _clean_as_spans_end() -> None:
    """Clean each span before it ends, in releases without span processors."""
    from mlflow.entities import LiveSpan

    original = LiveSpan.end

    @functools.wraps(original)
    def end_clean(
        self: Any,
        outputs: Any = None,
        attributes: Any = None,
        status: Any = None,
        end_time_ns: Any = None,
    ) -> Any:
        self.set_attributes(attributes or {})
        if outputs is not None:
            self.set_outputs(outputs)
        if status is not None:
            self.set_status(status)
        try:
            clean_span(self)
        except Exception as error:  # noqa: BLE001 - a trace must not end what it records
            _logger.warning("A span was not cleaned: %s", type(error).__name__)
        return original(self, end_time_ns=end_time_ns)

    _replace(LiveSpan, "end", end_clean)


def clean_span(span: Any) -> None:
    """Take credentials out of a span: its inputs, outputs, attributes, events and status."""
    _note_language_models([_configured()])
    attributes = dict(span.attributes or {})
    if span.inputs is not None:
        of_model = "model_type" in attributes  # MLflow says it of calls of a language model alone
        inputs = _of_allowed(span.inputs) if of_model else span.inputs
        span.set_inputs(_clean(inputs, by_name=True))
    if span.outputs is not None:
        span.set_outputs(_clean(span.outputs, by_name=False))
    for name, value in attributes.items():
        if name in {"mlflow.spanInputs", "mlflow.spanOutputs"}:
            continue  # done above
        # MLflow's own names tell of no credential (`mlflow.chat.tokenUsage`), their values may.
        by_name = not name.startswith("mlflow.")
        cleaned = _clean({name: value}, by_name=by_name)[name]
        if cleaned != value:
            span.set_attribute(name, cleaned)
    _clean_ending(span)


def _configured() -> Any:
    import dspy

    return dspy.settings.lm


def _note_language_models(models: list[Any]) -> None:
    """Know the credentials of language models before the first call: a tool may fail with one."""
    for value, path in secrets_of(models).items():
        _seen.forbid(value, path)


def _of_allowed(inputs: Any) -> Any:
    """Leave out the arguments of a call that are not on the allow-list of language models."""
    if not isinstance(inputs, dict):
        return inputs
    kept = {}
    for name, value in inputs.items():
        if name in _OF_A_CALL or name in ALLOWED_KWARGS or value is None:
            kept[name] = value
        else:
            kept[name] = LEFT_OUT
            _seen.add(name, value, name=name)
    return kept


def _clean_ending(span: Any) -> None:
    """Exceptions are kept as events and status; providers like to repeat the key that they refuse."""
    secrets = _secrets()
    inner = getattr(span, "_span", None)
    for event in getattr(inner, "_events", None) or ():
        attributes = dict(event.attributes or {})
        cleaned = {
            name: redact(value, secrets) if isinstance(value, str) else value
            for name, value in attributes.items()
        }
        if cleaned != attributes:
            event._attributes = cleaned  # noqa: SLF001 - OpenTelemetry has no setter
    said = getattr(getattr(span, "status", None), "description", None)
    if said and redact(said, secrets) != said:
        from mlflow.entities import SpanStatus

        span.set_status(SpanStatus(span.status.status_code, redact(said, secrets)))


def _clean(value: Any, *, by_name: bool) -> Any:
    """Return data without credentials: known values, shapes and, by name, what the name says."""
    if by_name:
        value = _without_named(value)
    return _without_values(value, _secrets())


def _without_named(value: Any) -> Any:
    if isinstance(value, dict):
        cleaned = {}
        for key, item in value.items():
            if is_left_out(key, item) or (key in CLIENT_ARGUMENTS and _is_told(item)):
                _seen.add(str(key), item, name=key)
                cleaned[key] = LEFT_OUT
            else:
                cleaned[key] = _without_named(item)
        return cleaned
    if isinstance(value, (list, tuple)):
        return [_without_named(item) for item in value]
    return value


def _is_told(item: Any) -> bool:
    """Whether a client or its headers come as text: then no structure tells what is in it."""
    return isinstance(item, str) and not is_harmless(item)


def _without_values(value: Any, secrets: dict[str, str]) -> Any:
    if isinstance(value, str):
        return redact(value, secrets)
    if isinstance(value, dict):
        return {key: _without_values(item, secrets) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_values(item, secrets) for item in value]
    return value


def _note_root_modules() -> None:
    """Know the credentials of a program's own language models before anything of it can fail."""
    callback = import_module("mlflow.dspy.callback").MlflowCallback
    describe = callback._get_span_attribute_for_module  # noqa: SLF001

    @functools.wraps(describe)
    def note_and_describe(self: Any, instance: Any) -> Any:
        import dspy

        if not dspy.settings.caller_modules:  # the call that all others are below
            _note_language_models([predictor.lm for predictor in instance.predictors()])
        return describe(self, instance)

    _replace(callback, "_get_span_attribute_for_module", note_and_describe)


def _note_compilations() -> None:
    """Remember of each compiled program which optimizer made it, and from what."""
    from dspy.teleprompt import Teleprompter

    for cls in _subclasses(Teleprompter):
        if "compile" in vars(cls):
            _replace(cls, "compile", _noting(vars(cls)["compile"]))


def _subclasses(cls: type) -> set[type]:
    direct: list[type] = list(type.__subclasses__(cls))
    return {*direct, *(sub for child in direct for sub in _subclasses(child))}


def _noting(original: Any) -> Any:
    @functools.wraps(original)
    def compile_and_note(self: Any, *args: Any, **kwargs: Any) -> Any:
        student = kwargs.get("student", args[0] if args else None)
        before = readable(student) if hasattr(student, "named_predictors") else None
        program = original(self, *args, **kwargs)
        if hasattr(program, "named_predictors"):
            trainset = kwargs.get("trainset")
            compiled_by(program, optimizer=self, trainset=trainset, student=before)
        return program

    return compile_and_note
