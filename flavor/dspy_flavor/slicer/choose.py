"""Chooses the object: by name, by the caret, or because it is the only one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .model import Candidate, PlanError
from .objects import Objects


@dataclass
class Choice:
    """An object, or what is missing to choose one."""

    name: str
    kind: str = "variable"
    line: int = 1
    class_name: str | None = None
    required: tuple[str, ...] = ()
    error: dict[str, Any] | None = None


def choose(
    objects: Objects,
    bound: set[str],
    name: str | None,
    line: int | None,
    arguments: Mapping[str, Any] | None,
    path: str,
) -> Choice:
    """Choose the object that is meant."""
    candidate = _candidate(objects, name, line)
    if candidate is None and name is not None:
        if name not in bound:
            raise PlanError("not-found", f"{path} defines no `{name}` at the top level.")
        return Choice(name)
    if candidate is None:
        return _ask(objects, path)
    if candidate.kind == "module":
        return _of_class(candidate, objects, arguments)
    return Choice(candidate.name, "variable", candidate.line, candidate.class_name)


def _candidate(objects: Objects, name: str | None, line: int | None) -> Candidate | None:
    if name is not None:
        return objects.named(name)
    if line is not None:
        for candidate in objects.candidates:
            if candidate.line <= line <= candidate.end_line:
                return candidate
    variables = {c.name: c for c in objects.candidates if c.kind != "module"}
    classes = {c.name: c for c in objects.candidates if c.kind == "module"}
    for only in (variables, classes):
        if len(only) == 1:
            return next(iter(only.values()))
        if only:
            return None
    return None


def _ask(objects: Objects, path: str) -> Choice:
    names = list(dict.fromkeys(c.name for c in objects.candidates))
    if not names:
        raise PlanError(
            "no-object",
            f"{path} holds no DSPy program: no subclass of dspy.Module, and no variable with a"
            " program or predictor at the top level.",
        )
    listed = ", ".join(f"`{name}`" for name in names)
    message = f"{path} holds several programs: {listed}. Pass the one that is meant as `name`."
    return Choice("", error={"code": "choose-object", "message": message})


def _of_class(
    candidate: Candidate, objects: Objects, arguments: Mapping[str, Any] | None
) -> Choice:
    missing = tuple(p for p in candidate.required if p not in (arguments or {}))
    choice = Choice(candidate.name, "class", candidate.line, candidate.name, missing)
    if arguments is not None:
        wrong = [key for key in arguments if not str(key).isidentifier()]
        if wrong:
            message = f"These are no parameter names: {', '.join(map(repr, wrong))}."
            choice.error = {"code": "constructor-arguments", "message": message}
            return choice
    if not missing:
        return choice
    instances = objects.instances_of(candidate.name)
    if len(instances) == 1 and arguments is None:
        only = instances[0]
        return Choice(only.name, "variable", only.line, candidate.name)
    parameters = ", ".join(f"`{p}`" for p in missing)
    found = (
        " and the file makes none"
        if not instances
        else (" and the file makes several: " + ", ".join(f"`{i.name}`" for i in instances))
    )
    choice.error = {
        "code": "constructor-arguments",
        "message": f"`{candidate.name}` needs {parameters} to be made,{found}. Pass values as"
        " `constructorArguments`, or log a variable that holds an instance.",
    }
    return choice
