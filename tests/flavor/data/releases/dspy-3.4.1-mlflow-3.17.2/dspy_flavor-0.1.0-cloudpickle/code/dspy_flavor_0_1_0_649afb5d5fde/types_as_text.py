"""Type annotations as JSON, and back: what a typed signature needs beside DSPy's own state."""

import functools
import operator
import types
import typing
from collections.abc import Callable
from typing import Any

Reference = Callable[[Any], str]
Resolve = Callable[[str], Any]


def type_to_json(annotation: Any, reference: Reference) -> Any:
    """Return an annotation as JSON.

    Args:
        annotation: A class, a generic, a union, a Literal, None or Any.
        reference: Returns `module:qualname` of a class, or raises an error for people.
    """
    if annotation is None or annotation is type(None):
        return None
    if annotation is Any:
        return "typing:Any"
    if annotation is Ellipsis:
        return "..."
    if isinstance(annotation, list):  # the arguments of a Callable
        return {"list": [type_to_json(item, reference) for item in annotation]}
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Literal:
        return {"literal": [_literal(value, reference) for value in arguments]}
    if origin in {typing.Union, types.UnionType}:
        return {"union": [type_to_json(item, reference) for item in arguments]}
    if origin is typing.Annotated:
        return type_to_json(arguments[0], reference)
    if origin is not None:
        return {
            "generic": reference(origin),
            "of": [type_to_json(item, reference) for item in arguments],
        }
    return reference(annotation)


def _literal(value: Any, reference: Reference) -> Any:
    if isinstance(value, (str, int, bool, type(None))) and type(value) in {str, int, bool}:
        return value
    return {"member": [reference(type(value)), value.name]} if hasattr(value, "name") else value


def type_from_json(node: Any, resolve: Resolve) -> Any:
    """Return the annotation that `type_to_json` wrote down.

    Args:
        node: The JSON.
        resolve: Returns what `module:qualname` names.
    """
    if node is None:
        return type(None)
    if node == "...":
        return Ellipsis
    if isinstance(node, str):
        return resolve(node)
    if "list" in node:
        return [type_from_json(item, resolve) for item in node["list"]]
    if "literal" in node:
        values = tuple(
            resolve(value["member"][0]).__members__[value["member"][1]]
            if isinstance(value, dict)
            else value
            for value in node["literal"]
        )
        return typing.Literal[values]
    if "union" in node:
        members = [type_from_json(item, resolve) for item in node["union"]]
        return functools.reduce(operator.or_, members)
    arguments = tuple(type_from_json(item, resolve) for item in node["of"])
    origin = resolve(node["generic"])
    return origin[arguments if len(arguments) != 1 else arguments[0]]
