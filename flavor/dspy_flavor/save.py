"""Saving a program: read, stripped, written, and looked over before anybody gets to see it."""

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .artifact import write_manifest
from .carried import carry_loader
from .compilation import describe_compilation, difference, readable
from .credentials import Credentials
from .environment_files import check_requirements, write_environment
from .errors import invalid
from .interface import Interface, interface_of
from .literals import refuse_named, refuse_written, refuse_written_in_functions
from .local_code import copy_local_code, local_code_of
from .locality import is_installed
from .pickling import dump
from .program_source import ProgramSource
from .scan import Hit, scan_folder, scan_texts
from .schema import PREDICT_PARAMS
from .settings import kept_settings
from .signatures import choose_signature
from .strip import credentials_in
from .tree import CODE_FOLDER
from .walk import Found, note_globals, walk

FORMATS = ("cloudpickle", "source")
CHAT = "llm/v1/chat"
READING = "Reading the program"
CHECKING = "Checking for secrets"
WRITING = "Writing files"

_READ_IT = (
    "Read it from the environment where it is used, as os.environ['NAME'] inside the function that"
    " needs it, instead of keeping it in the program."
)
_MADE_UP = (
    "Examples are published with the model: give a made-up value, such as 'example-password'."
)

Progress = Callable[[str], None]


@dataclass
class Request:
    """What is to be saved, and how: the arguments of `save_model`."""

    model: Any
    task: str | None = None
    model_config: dict[str, Any] | None = None
    code_paths: list[str] | None = None
    conda_env: Any = None
    signature: Any = None
    input_example: Any = None
    pip_requirements: Any = None
    extra_pip_requirements: Any = None
    metadata: dict[str, Any] | None = None
    resources: Any = None
    use_dspy_model_save: bool = False
    serialization_format: str = "cloudpickle"
    program_source: ProgramSource | None = None
    texts: dict[str, Any] = field(default_factory=dict)
    """What else will be published with it: tags, parameters, names."""
    progress: Progress | None = None

    def step(self, name: str) -> None:
        """Tell the caller what is being done."""
        if self.progress is not None:
            self.progress(name)


@dataclass
class Saved:
    """A model's files, written and looked over; only the MLmodel file is missing."""

    path: Path
    flavors: dict[str, dict[str, Any]]
    signature: Any
    example: Any
    metadata: dict[str, Any] | None
    resources: Any


@dataclass
class Reading:
    """A program, read: all that the formats need to write it."""

    request: Request
    settings: dict[str, Any]
    found: Found
    credentials: Credentials
    interface: Interface
    local_code: dict[str, Path]


def save_model(  # noqa: PLR0913, PLR0917 - mlflow.dspy's parameters, and ours
    model: Any,
    path: str,
    task: str | None = None,
    model_config: dict[str, Any] | None = None,
    code_paths: list[str] | None = None,
    mlflow_model: Any = None,
    conda_env: Any = None,
    signature: Any = None,
    input_example: Any = None,
    pip_requirements: Any = None,
    extra_pip_requirements: Any = None,
    metadata: dict[str, Any] | None = None,
    resources: Any = None,
    use_dspy_model_save: bool = False,
    serialization_format: str = "cloudpickle",
    program_source: ProgramSource | None = None,
    progress: Progress | None = None,
) -> None:
    """Save a program as an MLflow model in a local folder. Takes what `mlflow.dspy.save_model` does.

    Args:
        model: The program, an instance of `dspy.Module`.
        path: The folder to write; it must not exist or be empty.
        task: None or `llm/v1/chat`.
        model_config: Options for every prediction, as `predict(params=…)` takes them.
        code_paths: Files and folders to keep in the model's `code/`. Local modules that the
            program uses are found without being named here.
        mlflow_model: MLflow's model to add the flavor to; a new one by default.
        conda_env: A conda environment, as a dict or a file.
        signature: MLflow's model signature; derived from the program by default.
        input_example: An example input; the first demo's by default, if there is one.
        pip_requirements: Requirements; told from the program's imports by default.
        extra_pip_requirements: Requirements beside those.
        metadata: Custom metadata for the MLmodel file.
        resources: Resources that serving needs, as `mlflow.dspy` takes them.
        use_dspy_model_save: Write the layout of `mlflow.dspy` of the same option.
        serialization_format: "cloudpickle", which `mlflow.dspy.load_model` reads too, or "source",
            which loads where pickles are forbidden.
        program_source: The code that builds the program, for "source", when it is known.
        progress: Called with the name of each step as it begins.

    Raises:
        mlflow.exceptions.MlflowException: If the program cannot be represented, or a credential
            would be in the model; the message names the attribute and what to do.
    """
    request = Request(
        model,
        task,
        model_config,
        code_paths,
        conda_env,
        signature,
        input_example,
        pip_requirements,
        extra_pip_requirements,
        metadata,
        resources,
        use_dspy_model_save,
        serialization_format,
        program_source,
        progress=progress,
    )
    complete(write(request, Path(path).absolute()), mlflow_model)


def write(request: Request, path: Path) -> Saved:
    """Write everything but the MLmodel file; leave nothing behind if it is refused."""
    from mlflow.tracing.provider import trace_disabled

    check(request)
    existed = path.exists()
    if existed and any(path.iterdir()):
        raise invalid(f"{path} exists and is not empty. Save to a new folder.")
    try:
        saved: Saved = trace_disabled(_write)(request, path)
    except BaseException:
        shutil.rmtree(path, ignore_errors=True)
        if existed:
            path.mkdir(parents=True, exist_ok=True)
        raise
    return saved


def check(request: Request) -> None:
    """Refuse arguments that cannot be used, before anything is done."""
    import dspy

    model, given = request.model, request.signature
    if not isinstance(model, dspy.Module):
        what = "is a class; pass an instance of it" if isinstance(model, type) else "is none"
        raise invalid(
            "The model to log must be a dspy.Module instance, such as dspy.Predict('question ->"
            f" answer'). {type(model).__module__}.{type(model).__qualname__} {what}."
        )
    if request.task not in {None, CHAT}:
        raise invalid(f"Invalid task: {request.task}. It must be None or {CHAT!r}.")
    if given is not None and not (given.inputs and given.inputs.inputs):
        raise invalid("The model signature's input schema must contain at least one field.")
    if request.serialization_format not in FORMATS:
        raise invalid(
            f"serialization_format must be one of {list(FORMATS)},"
            f" not {request.serialization_format!r}."
        )
    if request.serialization_format == "source" and request.use_dspy_model_save:
        raise invalid("use_dspy_model_save is a layout of pickles; it has no 'source' format.")
    if request.program_source is not None and request.serialization_format != "source":
        raise invalid("program_source is for serialization_format='source'.")


def _write(request: Request, path: Path) -> Saved:
    request.step(READING)
    settings = kept_settings()
    found = walk({type(request.model).__name__: request.model, "dspy.settings": settings})
    local_code = local_code_of(found, request.program_source)
    note_globals(found, _modules_in(local_code))
    source = request.program_source
    interface = interface_of(request.model, source.code if source is not None else None)
    request.step(CHECKING)
    credentials = credentials_in(found)
    reading = Reading(request, settings, found, credentials, interface, local_code)
    _refuse_credentials(reading, lambda: _look_at_arguments(reading))
    request.step(WRITING)
    (path / "data").mkdir(parents=True, exist_ok=True)
    loader = carry_loader(path / "code")
    configuration = _write_program(reading, path)
    _write_for_people(request.model, path / "data")
    signature, example = choose_signature(request, interface, settings)
    saved_example = _save_example(example, path)
    write_environment(request, found, local_code, path)
    configuration["manifest"] = write_manifest(path, _summary(reading))
    skip = f"code/{loader}/"
    _refuse_credentials(reading, lambda: _look_at_files(path, reading, skip))
    return Saved(
        path,
        _flavors(request, configuration, loader),
        signature,
        saved_example,
        request.metadata,
        request.resources,
    )


def _write_program(reading: Reading, path: Path) -> dict[str, Any]:
    """Write the program in its format, and return the flavor's part of the MLmodel file."""
    from mlflow.utils.model_utils import _validate_and_copy_code_paths

    request = reading.request
    _validate_and_copy_code_paths(request.code_paths, str(path))
    version = sys.modules[__package__].__version__
    configuration: dict[str, Any] = {
        "code": "code",
        "serialization_format": request.serialization_format,
        "dspy_flavor_version": version,
    }
    if request.task:
        configuration["inference_task"] = request.task
    if request.serialization_format == "source":
        from .source_format import write_source

        configuration["model_path"] = write_source(reading, path)
        return configuration
    copy_local_code(reading.local_code, path / "code")
    if request.use_dspy_model_save:
        configuration["model_path"] = _write_program_folder(reading, path)
    else:
        configuration["model_path"] = _write_wrapper(reading, path)
    return configuration


def _write_for_people(program: Any, folder: Path) -> None:
    """Write instructions and demos as text, and what an optimizer has changed in them."""
    prompts = json.dumps(readable(program), indent=1, ensure_ascii=False)
    (folder / "prompts.json").write_text(prompts, encoding="utf-8")
    diff = difference(program)
    if diff is not None:
        (folder / "compilation.diff").write_text(diff, encoding="utf-8")


def _write_wrapper(reading: Reading, path: Path) -> str:
    """Write one pickle of MLflow's own wrapper, so that `mlflow.dspy` reads it too."""
    from mlflow.dspy.wrapper import DspyChatModelWrapper, DspyModelWrapper

    request = reading.request
    kind = DspyChatModelWrapper if request.task else DspyModelWrapper
    settings = {**reading.settings, "callbacks": []}
    wrapper = kind(request.model, settings, request.model_config)
    data = dump(wrapper, reading.found, _by_value(reading))
    (path / "data" / "model.pkl").write_bytes(data)
    return "data/model.pkl"


def _write_program_folder(reading: Reading, path: Path) -> str:
    folder = path / "data" / "model"
    folder.mkdir(parents=True)
    by_value = _by_value(reading)
    (folder / "program.pkl").write_bytes(dump(reading.request.model, reading.found, by_value))
    settings = {**reading.settings, "callbacks": []}
    (path / "data" / "dspy_config.pkl").write_bytes(dump(settings, reading.found, by_value))
    versions = {"dependency_versions": _versions()}
    (folder / "metadata.json").write_text(json.dumps(versions, indent=2))
    if reading.request.model_config:
        config = json.dumps(reading.request.model_config)
        (path / "data" / "model_config.json").write_text(config)
    return "data/model"


def _by_value(reading: Reading) -> list[str]:
    return _modules_in(reading.local_code)


def _modules_in(local_code: dict[str, Path]) -> list[str]:
    tops = {name.partition(".")[0] for name in local_code}
    return [name for name in sys.modules if name.partition(".")[0] in tops]


def _versions() -> dict[str, str]:
    import cloudpickle
    import dspy

    return {
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "dspy": dspy.__version__,
        "cloudpickle": ".".join(cloudpickle.__version__.split(".")[:2]),
    }


def _save_example(example: Any, path: Path) -> Any:
    from mlflow.models import Model
    from mlflow.models.utils import _save_example as save_example

    if example is None:
        return None
    holder = Model()
    save_example(holder, example, str(path))
    return holder.saved_input_example_info


def _summary(reading: Reading) -> dict[str, Any]:
    """Say what is in the model, for people and for `inspect`: no file needs to be run for it."""
    request = reading.request
    cls = type(request.model)
    return {
        "dspy_flavor_version": sys.modules[__package__].__version__,
        "serialization_format": request.serialization_format,
        "versions": _versions(),
        "program": f"{cls.__module__}.{cls.__qualname__}",
        "predictors": {
            name: _predictor(predictor) for name, predictor in request.model.named_predictors()
        },
        "language_models": {
            path: str(getattr(lm, "model", "")) for path, lm in reading.found.models
        },
        "settings": sorted(reading.settings),
        "local_code": sorted(reading.local_code),
        "credentials": [
            {"path": left.path, "environment": left.environment}
            for left in reading.credentials.left_out
        ],
        "compilation": describe_compilation(request.model),
    }


def _predictor(predictor: Any) -> dict[str, Any]:
    from .interface import type_name

    signature = predictor.signature
    return {
        "instructions": signature.instructions,
        "inputs": {k: type_name(v.annotation) for k, v in signature.input_fields.items()},
        "outputs": {k: type_name(v.annotation) for k, v in signature.output_fields.items()},
        "demos": len(predictor.demos),
    }


def _flavors(
    request: Request, configuration: dict[str, Any], loader: str
) -> dict[str, dict[str, Any]]:
    from .streaming import is_streamable

    name = "dspy_flavor" if request.serialization_format == "source" else "dspy"
    options = {option: None for option, _, _ in PREDICT_PARAMS}
    return {
        name: configuration,
        "python_function": {
            "loader_module": loader,
            "code": "code",
            "streamable": is_streamable(request.model),
            "model_config": {**options, **(request.model_config or {})},
        },
    }


def _look_at_arguments(reading: Reading) -> None:
    """Raise `Hit` for a credential in what is published beside the program."""
    request = reading.request
    scan_texts(_texts(request), reading.credentials)
    for name in ("metadata", "model_config"):
        refuse_named({name: getattr(request, name)}, "save_model")
    refuse_named(request.texts, "log_model")
    fields = [field.name for field in reading.interface.inputs]
    example = {"input_example": _as_plain(request.input_example)}
    refuse_named(example, "save_model", surely=True, fields=fields)
    check_requirements(request)
    kept = {name.partition(".")[0] for name in reading.local_code}
    refuse_written_in_functions(
        (path, function)
        for path, function in reading.found.functions
        if not is_installed(function.__module__ or "")
        and (function.__module__ or "").partition(".")[0] not in kept
    )


def _as_plain(example: Any) -> Any:
    """Return an example with the columns of its frames as lists by name."""
    if isinstance(example, (list, tuple)):
        return [_as_plain(item) for item in example]
    if hasattr(example, "columns") and hasattr(example, "to_dict"):
        return {str(name): example[name].tolist() for name in example.columns}
    if type(example).__name__ == "Series":
        return {str(example.name): example.tolist()}
    return example


def _look_at_files(path: Path, reading: Reading, skip: str) -> None:
    """Raise `Hit` for a credential in the files that are about to be published."""
    scan_folder(path, reading.credentials, [skip])
    refuse_written(path, ["code", CODE_FOLDER], skip)


def _texts(request: Request) -> list[tuple[str, str]]:
    """Return everything that is published beside the files."""
    published = {
        "model_config": request.model_config,
        "metadata": request.metadata,
        "pip_requirements": request.pip_requirements,
        "extra_pip_requirements": request.extra_pip_requirements,
        "conda_env": request.conda_env,
        **request.texts,
    }
    texts = []
    for name, value in published.items():
        if value is not None:
            texts.append((f"the argument {name}", json.dumps(value, default=str)))
    return texts


def _refuse_credentials(reading: Reading, scan: Callable[[], None]) -> None:
    """Turn a hit into an error that names the attribute to fix, and never the credential."""
    try:
        scan()
    except Hit as hit:
        paths = [
            path
            for path, text in reading.found.strings
            if hit.secret is not None and (hit.secret in text or hit.secret in json.dumps(text))
        ]
        known = [left.path for left in reading.credentials.left_out]
        holders = [path for path in paths if not any(path.startswith(k) for k in known)] or paths
        where = f" It is held by {', '.join(holders[:3])}." if holders else ""
        advice = _MADE_UP if "input_example" in hit.where else _READ_IT
        raise invalid(
            f"The model was not saved: {hit.where} would contain {hit.what}.{where} {advice}"
        ) from None


def complete(saved: Saved, mlflow_model: Any = None) -> None:
    """Write the MLmodel file: from here on the folder is a model."""
    from mlflow import pyfunc
    from mlflow.models import Model
    from mlflow.models.model import MLMODEL_FILE_NAME
    from mlflow.utils.file_utils import get_total_file_size

    model = Model() if mlflow_model is None else mlflow_model
    for name, configuration in saved.flavors.items():
        if name != "python_function":
            model.add_flavor(name, **configuration)
    python_function = dict(saved.flavors["python_function"])
    pyfunc.add_to_model(
        model, conda_env="conda.yaml", python_env="python_env.yaml", **python_function
    )
    if saved.signature is not None:
        model.signature = saved.signature
    if saved.example is not None:
        model.saved_input_example_info = saved.example
    if saved.metadata is not None:
        model.metadata = {**(model.metadata or {}), **saved.metadata}
    _add_task(model, saved)
    if size := get_total_file_size(str(saved.path)):
        model.model_size_bytes = size
    if saved.resources is not None:
        model.resources = _resources(saved.resources)
    model.save(str(saved.path / MLMODEL_FILE_NAME))


def _add_task(model: Any, saved: Saved) -> None:
    for configuration in saved.flavors.values():
        task = configuration.get("inference_task")
        if task:
            model.metadata = {**(model.metadata or {}), "task": task}


def _resources(resources: Any) -> Any:
    from mlflow.models.resources import _ResourceBuilder

    if isinstance(resources, (Path, str)):
        return _ResourceBuilder.from_yaml_file(resources)
    return _ResourceBuilder.from_resources(resources)
