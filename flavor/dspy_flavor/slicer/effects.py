"""What a statement does beside building values: LM calls, compiling, files, network, processes."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from .names import dotted, eager, root

LM_CALL = "calls a language model"
COMPILES = "compiles a program"
EVALUATES = "evaluates a program"
WRITES = "writes a file"
NETWORK = "uses the network"
PROCESS = "starts a process"
ASKS = "asks for input, which a background job cannot answer"
AWAITS = "awaits something at the top level"
TRACKS = "talks to MLflow"

_NETWORK = (
    "requests.", "httpx.", "urllib.request.", "aiohttp.", "socket.", "datasets.load_dataset",
    "huggingface_hub.", "boto3.", "wandb.", "ftplib.", "smtplib.", "dspy.datasets.",
    "datasets.load_from_hub", "http.client.", "websocket.", "websockets.", "pymongo.", "redis.",
    "psycopg.", "psycopg2.", "dspy.Embedder.", "transformers.pipeline",
)  # fmt: skip
_PROCESS = ("subprocess.", "os.system", "os.popen", "os.exec", "os.spawn", "os.fork")
_WRITES = (
    "shutil.copy", "shutil.move", "shutil.rmtree", "os.remove", "os.unlink", "os.rename",
    "os.replace", "os.makedirs", "os.mkdir", "os.rmdir", "json.dump", "pickle.dump",
    "cloudpickle.dump", "joblib.dump", "yaml.dump", "numpy.save", "torch.save",
)  # fmt: skip
_WRITING_METHODS = frozenset(
    {"write_text", "write_bytes", "to_csv", "to_json", "to_parquet", "to_pickle", "to_excel",
     "writelines", "save", "mkdir", "unlink", "touch"}
)  # fmt: skip
_ASKS = frozenset({"input", "getpass.getpass", "getpass"})
_MLFLOW_QUIET = ("mlflow.set_tracking_uri", "mlflow.pyfunc.", "mlflow.entities", "mlflow.types")
_CALLS = frozenset({"forward", "acall", "aforward", "batch", "__call__"})
_EVALUATORS = frozenset({"dspy.Evaluate", "dspy.evaluate.Evaluate"})


@dataclass
class Kinds:
    """What is known of a file's names, for judging calls."""

    origins: dict[str, str]
    callables: dict[str, str] = field(default_factory=dict)
    """Variables that are called: name to `program`, `predictor`, `lm`, `evaluator`, `optimizer`."""
    functions: dict[str, ast.AST] = field(default_factory=dict)
    """Functions and classes of the file, by name."""


def effects_of(nodes: list[ast.AST], kinds: Kinds) -> list[tuple[int, str]]:
    """Return (line, what it does) for each effect of evaluating nodes, also in what they call."""
    found: list[tuple[int, str]] = []
    seen: set[str] = set()
    for node in nodes:
        found.extend(_effects(node, kinds, seen))
    return found


def _effects(node: ast.AST, kinds: Kinds, seen: set[str]) -> Iterator[tuple[int, str]]:
    for child in eager(node):
        if isinstance(child, ast.Await):
            yield child.lineno, AWAITS
        if not isinstance(child, ast.Call):
            continue
        what = effect_of_call(child, kinds)
        if what is not None:
            yield child.lineno, what
        yield from _inside(child, kinds, seen)


def _inside(call: ast.Call, kinds: Kinds, seen: set[str]) -> Iterator[tuple[int, str]]:
    """Look into the function or the constructor of this file that a call runs."""
    name = call.func.id if isinstance(call.func, ast.Name) else None
    target = kinds.functions.get(name or "")
    if name is None or target is None or name in seen:
        return
    seen.add(name)
    body: list[ast.AST] = []
    local = Kinds(kinds.origins, dict(kinds.callables), kinds.functions)
    if isinstance(target, ast.ClassDef):
        for item in target.body:
            if isinstance(item, ast.FunctionDef) and item.name in {"__init__", "__post_init__"}:
                body.extend(item.body)
    elif isinstance(target, (ast.FunctionDef, ast.AsyncFunctionDef)):
        body.extend(target.body)
    for statement in body:
        note_callables(statement, local)
        yield from _effects(statement, local, seen)


def effect_of_call(call: ast.Call, kinds: Kinds) -> str | None:
    """Return what one call does, as far as its name says."""
    name = dotted(call.func, kinds.origins)
    if name in _ASKS:
        return ASKS
    if name == "open" or name.endswith(".open"):
        return WRITES if _opens_for_writing(call, name) else None
    for prefixes, what in ((_NETWORK, NETWORK), (_PROCESS, PROCESS), (_WRITES, WRITES)):
        if name.startswith(prefixes):
            return what
    if name.startswith("mlflow.") and not name.startswith(_MLFLOW_QUIET):
        return TRACKS
    return _effect_of_method(call, kinds) or _effect_of_object(call, kinds)


def _effect_of_method(call: ast.Call, kinds: Kinds) -> str | None:
    if not isinstance(call.func, ast.Attribute):
        return None
    method, base = call.func.attr, call.func.value
    name = dotted(call.func, kinds.origins)
    if method == "compile" and not name.startswith(("re.", "regex.", "sys.")):
        return COMPILES
    if method in _WRITING_METHODS:
        return WRITES
    if method in {"from_huggingface", "from_pretrained", "urlopen"}:
        return NETWORK
    kind = kinds.callables.get(root(base) or "")
    if method in _CALLS and (kind in {"program", "predictor", "lm"} or isinstance(base, ast.Call)):
        return LM_CALL
    if name.endswith((".completions.create", ".messages.create", ".responses.create")):
        return NETWORK
    return None


def _effect_of_object(call: ast.Call, kinds: Kinds) -> str | None:
    """Judge `program(...)`, `Predict("…")(…)`, `self.predict(…)`."""
    function = call.func
    if isinstance(function, ast.Call):
        made = object_kind(function, kinds)
        return {"evaluator": EVALUATES}.get(made or "", LM_CALL) if made else None
    if isinstance(function, (ast.Name, ast.Attribute, ast.Subscript)):
        kind = kinds.callables.get(root(function) or "")
        if isinstance(function, ast.Name):
            if kind in {"program", "predictor", "lm"}:
                return LM_CALL
            return EVALUATES if kind == "evaluator" else None
        if kind == "program" and isinstance(function, ast.Attribute):
            return None  # a method of the program: judged where the name is known
    return None


def _opens_for_writing(call: ast.Call, name: str) -> bool:
    position = 1 if name in {"open", "io.open", "gzip.open"} else 0
    mode = call.args[position] if len(call.args) > position else None
    for keyword in call.keywords:
        mode = keyword.value if keyword.arg == "mode" else mode
    text = mode.value if isinstance(mode, ast.Constant) else ""
    return isinstance(text, str) and any(letter in text for letter in "wax+")


PREDICTORS = frozenset(
    [
        "Predict",
        "ChainOfThought",
        "ChainOfThoughtWithHint",
        "ReAct",
        "ProgramOfThought",
        "CodeAct",
        "RLM",
        "MultiChainComparison",
        "BestOfN",
        "Refine",
        "Parallel",
        "TypedPredictor",
        "TypedChainOfThought",
        "KNN",
        "Retrieve",
        "ReActV2",
        "Reasoning",
    ]
)
OPTIMIZERS = frozenset(
    [
        "BootstrapFewShot",
        "BootstrapFewShotWithRandomSearch",
        "BootstrapRS",
        "MIPROv2",
        "COPRO",
        "GEPA",
        "SIMBA",
        "KNNFewShot",
        "LabeledFewShot",
        "BootstrapFinetune",
        "BetterTogether",
        "InferRules",
        "Ensemble",
        "GRPO",
        "BootstrapFewShotWithOptuna",
        "AvatarOptimizer",
        "SignatureOptimizer",
        "MIPRO",
    ]
)


def object_kind(value: ast.AST, kinds: Kinds) -> str | None:
    """Return what an expression makes: `program`, `predictor`, `lm`, `evaluator`, `optimizer`."""
    if isinstance(value, ast.Name):
        return kinds.callables.get(value.id)
    if isinstance(value, ast.IfExp):
        return object_kind(value.body, kinds) or object_kind(value.orelse, kinds)
    if not isinstance(value, ast.Call):
        return None
    name = dotted(value.func, kinds.origins)
    last = name.rpartition(".")[2]
    if name.startswith("dspy."):
        return _dspy_kind(name, last)
    if name in {"copy.deepcopy", "copy.copy"} and value.args:
        return object_kind(value.args[0], kinds)
    if isinstance(value.func, ast.Attribute):
        if last in {"deepcopy", "reset_copy", "copy"}:
            return kinds.callables.get(root(value.func) or "")
        if value.func.attr == "compile" and not name.startswith(("re.", "regex.")):
            return "program"
        if value.func.attr == "load" and name.startswith("mlflow."):
            return "program"
    return (
        kinds.callables.get(f"{root(value.func)}()") if isinstance(value.func, ast.Name) else None
    )


def _dspy_kind(name: str, last: str) -> str | None:
    if last in PREDICTORS:
        return "predictor"
    if last in OPTIMIZERS:
        return "optimizer"
    if name in _EVALUATORS:
        return "evaluator"
    if name == "dspy.load":
        return "program"
    return "lm" if last in {"LM", "BaseLM", "OpenAI"} else None


def note_callables(node: ast.AST, kinds: Kinds) -> None:
    """Note what the names bound by a statement are."""
    for child in eager(node):
        if isinstance(child, ast.Assign):
            targets, value = child.targets, child.value
        elif isinstance(child, (ast.AnnAssign, ast.NamedExpr)) and child.value is not None:
            targets, value = [child.target], child.value
        else:
            continue
        kind = object_kind(value, kinds)
        for target in targets:
            if isinstance(target, ast.Name):
                if kind is not None:
                    kinds.callables[target.id] = kind
                elif target.id in kinds.callables:
                    del kinds.callables[target.id]
