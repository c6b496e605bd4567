"""Names as Python binds them: what a dotted expression of a file is called in full."""

import ast
from collections.abc import Iterator

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def origins_of(tree: ast.Module) -> dict[str, str]:
    """Return the full name behind each imported one: `{"d": "dspy", "P": "dspy.Predict"}`."""
    origins: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                origins[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            for alias in node.names:
                origins[alias.asname or alias.name] = f"{module}.{alias.name}"
    return origins


def dotted(node: ast.AST, origins: dict[str, str]) -> str:
    """Return the full name of `a.b.c`, or "" where it is not a plain chain of names."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    parts.append(origins.get(node.id, node.id))
    return ".".join(reversed(parts))


def root(node: ast.AST) -> str | None:
    """Return the name that a chain of attributes, subscripts and calls begins with."""
    while True:
        if isinstance(node, (ast.Attribute, ast.Subscript, ast.Starred, ast.Await)):
            node = node.value
        elif isinstance(node, ast.Call):
            node = node.func
        else:
            return node.id if isinstance(node, ast.Name) else None


def eager(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a node and what is evaluated with it: not the bodies of functions and lambdas."""
    yield node
    if isinstance(node, _FUNCTIONS):
        deferred: list[ast.AST] = [*node.decorator_list, *_evaluated(node.args)]
        deferred += [node.returns] if node.returns else []
        for child in deferred:
            yield from eager(child)
    elif isinstance(node, ast.Lambda):
        for child in _evaluated(node.args):
            yield from eager(child)
    else:
        for child in ast.iter_child_nodes(node):
            yield from eager(child)


def _evaluated(arguments: ast.arguments) -> list[ast.AST]:
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    every += [a for a in (arguments.vararg, arguments.kwarg) if a is not None]
    defaults = [*arguments.defaults, *(d for d in arguments.kw_defaults if d is not None)]
    return [*defaults, *(a.annotation for a in every if a.annotation is not None)]


def stored_names(node: ast.AST) -> set[str]:
    """Return the names that evaluating a node binds in its own scope."""
    names: set[str] = set()
    for child in eager_scope(node):
        if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store):
            names.add(child.id)
        elif isinstance(child, (*_FUNCTIONS, ast.ClassDef)):
            names.add(child.name)
        elif isinstance(child, (ast.Import, ast.ImportFrom)):
            names |= {a.asname or a.name.partition(".")[0] for a in child.names if a.name != "*"}
        elif (isinstance(child, ast.ExceptHandler) and child.name) or (
            isinstance(child, (ast.MatchAs, ast.MatchStar)) and child.name
        ):
            names.add(child.name)
    return names


def bound_within(node: ast.AST) -> set[str]:
    """Return the names that a node binds anywhere inside, comprehensions and class bodies too."""
    names: set[str] = set()
    for child in ast.walk(node):
        if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store):
            names.add(child.id)
        elif isinstance(child, (*_FUNCTIONS, ast.ClassDef)):
            names.add(child.name)
        elif isinstance(child, (ast.Import, ast.ImportFrom)):
            names |= {a.asname or a.name.partition(".")[0] for a in child.names}
    return names


def eager_scope(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a statement that belong to its own scope, comprehensions left out."""
    yield node
    if isinstance(node, (*_FUNCTIONS, ast.ClassDef, ast.Lambda)):
        return
    if isinstance(node, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
        for child in ast.walk(node):
            if isinstance(child, ast.NamedExpr):
                yield child.target
        return
    for child in ast.iter_child_nodes(node):
        yield from eager_scope(child)
