"""What is inside a model, told without running anything of it."""

import pickletools
from pathlib import Path
from typing import Any

from .artifact import MANIFEST, inside, read_bytes, read_manifest
from .errors import damaged
from .load import check_configuration, read_mlmodel

_HARMLESS = ("dspy", "mlflow", "cloudpickle", "pydantic", "pydantic_core", "dspy_flavor")
_KNOWN_BUILTINS = frozenset(
    [
        "_codecs.encode",
        "collections.OrderedDict",
        "copyreg._reconstructor",
        "os.getenv",
        "threading.Lock",
        "threading.RLock",
        "_thread.allocate_lock",
        "types.FunctionType",
        "types.CodeType",
        "functools.partial",
        "typing.Literal",
        "builtins.set",
        "builtins.frozenset",
        "builtins.getattr",
        "builtins.object",
        "builtins.dict",
        "builtins.list",
        "builtins.tuple",
        "builtins.str",
        "builtins.int",
    ]
)


def inspect_model(model_uri: str) -> dict[str, Any]:
    """Return what a model holds: format, program, predictors, language models, files and hashes.

    Nothing of the model is imported, unpickled or run. The hashes are checked.

    Args:
        model_uri: Where the model is, as `load_model` takes it.

    Raises:
        mlflow.exceptions.MlflowException: If it is damaged or holds no DSPy program.
    """
    from mlflow.tracking.artifact_utils import _download_artifact_from_uri

    return inspect_folder(Path(_download_artifact_from_uri(artifact_uri=model_uri)))


def inspect_folder(root: Path) -> dict[str, Any]:
    """Inspect a model in a local folder."""
    content, name = read_mlmodel(root)
    configuration = content["flavors"][name]
    described: dict[str, Any] = {
        "flavor": name,
        "format": configuration.get("serialization_format", "cloudpickle"),
        "task": configuration.get("inference_task"),
        "signature": content.get("signature"),
        "made_by": "mlflow.dspy",
    }
    if "manifest" in configuration:
        manifest = read_manifest(root, configuration["manifest"])
        described.update(manifest)
        described["format"] = str(manifest.get("serialization_format", "unknown"))
        described["made_by"] = f"dspy_flavor {manifest.get('dspy_flavor_version', 'unknown')}"
        check_configuration(root, configuration)
    elif (root / MANIFEST).exists():
        raise damaged("The MLmodel file does not name this model's manifest: it was altered.")
    else:
        check_configuration(root, configuration)
        described["files"] = _files(root)
    described["runs"] = _pickled_globals(root)
    return described


def _files(root: Path) -> dict[str, None]:
    return {
        path.relative_to(root).as_posix(): None
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def _pickled_globals(root: Path) -> dict[str, list[str]]:
    """Return, by pickle, what reading it would import and could call, beside DSPy's and MLflow's."""
    found = {}
    for path in sorted((root / "data").rglob("*.pkl")):
        name = path.relative_to(root).as_posix()
        names = pickled_globals(read_bytes(inside(root, name)))
        found[name] = sorted(
            item
            for item in names
            if item not in _KNOWN_BUILTINS and item.partition(".")[0] not in _HARMLESS
        )
    return found


def pickled_globals(data: bytes) -> set[str]:
    """Return `module.name` of each global that a pickle refers to."""
    names: set[str] = set()
    strings: list[str] = []
    memo: dict[int, str] = {}
    try:
        for opcode, argument, _ in pickletools.genops(data):
            if opcode.name in {"MEMOIZE", "BINPUT", "LONG_BINPUT", "PUT"}:
                key = len(memo) if opcode.name == "MEMOIZE" else int(str(argument))
                memo[key] = strings[-1] if strings else ""
            elif opcode.name in {"BINGET", "LONG_BINGET", "GET"}:
                strings.append(memo.get(int(str(argument)), ""))
            elif opcode.name in {"GLOBAL", "INST"}:
                names.add(str(argument).replace(" ", "."))
            elif opcode.name == "STACK_GLOBAL" and len(strings) >= 2:
                names.add(".".join(strings[-2:]))
                strings.append("")
            elif isinstance(argument, str):
                strings.append(argument)
            elif opcode.name in {"EMPTY_DICT", "EMPTY_LIST", "EMPTY_TUPLE", "REDUCE", "NEWOBJ"}:
                strings.append("")
    except (ValueError, IndexError, EOFError, UnicodeDecodeError) as error:
        raise damaged(f"A pickle of this model is damaged: {error}") from error
    return names
