"""What changes a value in place: a mutation of a name belongs to the slice of that name."""

import ast
from dataclasses import dataclass, field

from .effects import Kinds
from .names import dotted, eager, root
from .units import Unit

_CHANGING = frozenset(
    [
        "append",
        "extend",
        "insert",
        "update",
        "add",
        "setdefault",
        "pop",
        "remove",
        "clear",
        "sort",
        "reverse",
        "discard",
        "popitem",
        "reset",
        "register",
        "load",
        "load_state",
        "set_lm",
        "activate",
        "connect",
        "install",
        "patch",
        "mount",
    ]
)
_CHANGING_PREFIXES = ("add_", "set_", "load_", "update_", "register_", "configure", "use_", "setup",
                      "init", "set")  # fmt: skip
_QUIET = frozenset(
    [
        "info",
        "debug",
        "warning",
        "warn",
        "error",
        "exception",
        "log",
        "critical",
        "print",
        "show",
        "display",
        "head",
        "describe",
        "plot",
        "inspect_history",
        "dump_state",
        "predictors",
        "named_predictors",
        "parameters",
        "named_parameters",
        "save",
        "forward",
        "acall",
        "aforward",
        "batch",
        "get",
        "items",
        "keys",
        "values",
        "copy",
        "deepcopy",
        "format",
        "join",
        "compile",
        "close",
        "__call__",
        "read",
        "dump",
        "tolist",
        "flush",
        "join",
        "strip",
        "split",
        "lower",
        "upper",
        "count",
        "index",
    ]
)
_LOOKS = frozenset(
    [
        "print",
        "len",
        "repr",
        "str",
        "type",
        "isinstance",
        "id",
        "sorted",
        "list",
        "dict",
        "tuple",
        "set",
        "iter",
        "next",
        "hasattr",
        "getattr",
        "pprint",
        "display",
        "callable",
        "vars",
        "dir",
        "sum",
        "min",
        "max",
        "any",
        "all",
        "enumerate",
        "zip",
        "bool",
        "hash",
        "format",
        "pprint.pprint",
        "rich.print",
        "IPython.display.display",
        "asyncio.run",
        "inspect.getsource",
    ]
)
_SETTING = (
    "dspy.configure", "dspy.settings.configure", "dspy.configure_cache", "dspy.settings.load",
    "dspy.enable_logging", "dspy.disable_logging", "dspy.enable_litellm_logging",
    "dspy.disable_litellm_logging", "dotenv.load_dotenv", "load_dotenv", "os.environ.setdefault",
    "os.environ.update", "os.environ.pop", "os.environ.clear", "os.putenv", "os.unsetenv",
    "os.chdir", "sys.path.insert", "sys.path.append", "sys.path.extend", "sys.path.remove",
    "site.addsitedir", "nest_asyncio.apply",
)  # fmt: skip
_SETTING_TARGETS = ("os.environ", "sys.path", "dspy.settings", "sys.modules")


@dataclass
class Changes:
    """What one unit changes."""

    surely: set[str] = field(default_factory=set)
    perhaps: set[str] = field(default_factory=set)
    """Names that a call may change; the text does not say whether it does."""


def is_setting(unit: Unit, kinds: Kinds) -> bool:
    """Whether a unit sets DSPy, the environment or the module path."""
    node = unit.node
    if unit.is_head or isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return False
    for child in eager(node):
        if isinstance(child, ast.Call) and dotted(child.func, kinds.origins) in _SETTING:
            return True
        targets: list[ast.expr] = []
        if isinstance(child, (ast.Assign, ast.Delete)):
            targets = child.targets
        elif isinstance(child, (ast.AugAssign, ast.AnnAssign)):
            targets = [child.target]
        for target in targets:
            chain = target.value if isinstance(target, ast.Subscript) else target
            name = dotted(chain, kinds.origins)
            if name in _SETTING_TARGETS or name.startswith("dspy.settings."):
                return True
    return False


def changes_of(unit: Unit, kinds: Kinds) -> Changes:
    """Return the names whose value a unit changes in place."""
    changes = Changes(set(unit.mutates))
    node = unit.node
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        for decorator in node.decorator_list:
            call = decorator if isinstance(decorator, ast.Call) else ast.Call(decorator, [], [])
            _call(call, kinds, changes, is_statement=False)
        changes.surely -= _imported(kinds)
    if unit.is_head or isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return changes
    loops: dict[str, str] = {}
    for child in eager(node):
        if isinstance(child, (ast.For, ast.AsyncFor)):
            for source in _roots(child.iter):
                loops.update(dict.fromkeys(_stored(child.target), source))
        if isinstance(child, ast.Call):
            is_statement = isinstance(node, ast.Expr) and node.value is child
            _call(child, kinds, changes, is_statement=is_statement)
    for name, source in loops.items():
        if name in changes.surely:
            changes.surely.add(source)
        if name in changes.perhaps:
            changes.perhaps.add(source)
    changes.surely -= _imported(kinds)
    changes.perhaps -= changes.surely | _imported(kinds)
    return changes


def aliases_of(units: list[Unit]) -> dict[str, str]:
    """Return names that are a part of another: `inner = program.predict`."""
    aliases: dict[str, str] = {}
    for unit in units:
        node = unit.node
        if not isinstance(node, ast.Assign) or not isinstance(
            node.value, (ast.Attribute, ast.Subscript, ast.Name)
        ):
            continue
        source = root(node.value)
        for target in node.targets:
            if isinstance(target, ast.Name) and source is not None and source != target.id:
                aliases[target.id] = source
    return aliases


def _imported(kinds: Kinds) -> set[str]:
    return {name for name, origin in kinds.origins.items() if origin in {"dspy", "mlflow", "os"}}


def _stored(target: ast.AST) -> list[str]:
    return [n.id for n in ast.walk(target) if isinstance(n, ast.Name)]


def _roots(node: ast.AST) -> list[str]:
    """Return the names that an iterated expression may hand out parts of."""
    found = [root(node)]
    if isinstance(node, ast.Call):
        found += [root(argument) for argument in node.args]
    return [name for name in found if name is not None]


def _call(call: ast.Call, kinds: Kinds, changes: Changes, *, is_statement: bool) -> None:
    function = call.func
    if isinstance(function, ast.Attribute):
        name = root(function)
        if name is not None and kinds.origins.get(name, "").partition(".")[0] not in {
            "dspy", "mlflow", "os", "sys",
        }:  # fmt: skip
            _method(function.attr, name, kinds, changes, is_statement=is_statement)
    given = (*call.args, *(k.value for k in call.keywords))
    names = [a.id for a in given if isinstance(a, ast.Name)]
    called = dotted(function, kinds.origins)
    if called in {"setattr", "delattr", "operator.setitem", "random.shuffle"} and call.args:
        changes.surely |= {n for n in [root(call.args[0])] if n}
        return
    local = kinds.functions.get(called)
    if isinstance(local, (ast.FunctionDef, ast.AsyncFunctionDef)):
        _function(local, call, changes)
    elif is_statement and called not in _LOOKS and not isinstance(function, ast.Attribute):
        known = {n for n in names if kinds.callables.get(n) in {"program", "predictor"}}
        if called and kinds.callables.get(called) is None and called not in kinds.functions:
            changes.perhaps |= known


def _method(method: str, name: str, kinds: Kinds, changes: Changes, *, is_statement: bool) -> None:
    if method in _QUIET:
        return
    own = _methods(name, kinds).get(method)
    if own is not None:
        if _changes_parameter(own, 0):
            changes.surely.add(name)
    elif method in _CHANGING or method.startswith(_CHANGING_PREFIXES):
        changes.surely.add(name)
    elif is_statement:
        changes.perhaps.add(name)


def _methods(name: str, kinds: Kinds) -> dict[str, ast.FunctionDef]:
    """Return the methods of the class that a variable's name was made with, if it is here."""
    methods: dict[str, ast.FunctionDef] = {}
    if kinds.callables.get(name) != "program":
        return methods
    for node in kinds.functions.values():
        if isinstance(node, ast.ClassDef) and f"{node.name}()" in kinds.callables:
            methods |= {i.name: i for i in node.body if isinstance(i, ast.FunctionDef)}
    return methods


def _changes_parameter(function: ast.AST, position: int) -> bool:
    assert isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
    parameters = [a.arg for a in (*function.args.posonlyargs, *function.args.args)]
    if position >= len(parameters):
        return False
    return parameters[position] in _changed_names(function)


def _changed_names(function: ast.AST) -> set[str]:
    """Return the names whose value a function's body changes, its loops' sources included."""
    changed: set[str] = set()
    loops: dict[str, list[str]] = {}
    for node in ast.walk(function):
        if isinstance(node, (ast.Attribute, ast.Subscript)) and not isinstance(node.ctx, ast.Load):
            changed |= {n for n in [root(node)] if n}
        elif isinstance(node, ast.For):
            loops.update(dict.fromkeys(_stored(node.target), _roots(node.iter)))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            method = node.func.attr
            if method in _CHANGING or method.startswith(_CHANGING_PREFIXES):
                changed |= {n for n in [root(node.func)] if n}
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "setattr" and node.args:
            changed |= {n for n in [root(node.args[0])] if n}
    for name, sources in loops.items():
        if name in changed:
            changed.update(sources)
    return changed


def _function(
    function: ast.FunctionDef | ast.AsyncFunctionDef, call: ast.Call, changes: Changes
) -> None:
    """Note what a call of a function of this file changes: its arguments and its globals."""
    for position, argument in enumerate(call.args):
        name = root(argument)
        if name is not None and _changes_parameter(function, position):
            changes.surely.add(name)
    parameters = [a.arg for a in (*function.args.args, *function.args.kwonlyargs)]
    changed = _changed_names(function)
    for keyword in call.keywords:
        name = root(keyword.value)
        if name is not None and keyword.arg in parameters and keyword.arg in changed:
            changes.surely.add(name)
    declared = {
        n for node in ast.walk(function) if isinstance(node, ast.Global) for n in node.names
    }
    local = {
        n.id
        for n in ast.walk(function)
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store) and n.id not in declared
    }
    changes.surely |= declared | (changed - local - set(parameters))
