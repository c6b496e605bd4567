"""What to tell people about a type that DSPy rejects or mishandles, and what to write instead."""

# ruff: noqa: ARG001 - the advisers of all codes are called alike

import ast
import difflib
from functools import lru_cache
from typing import Any, NamedTuple

from dspy_language_server.signature.dialect import Dialect
from dspy_language_server.signature.evaluate import parse
from dspy_language_server.signature.model import Span
from dspy_language_server.signature.values import BUILTIN_TYPES, Module, Value, spell

_SYNONYMS = {
    "string": "str", "text": "str", "String": "str", "Str": "str", "char": "str", "varchar": "str",
    "integer": "int", "Integer": "int", "Int": "int", "long": "int", "number": "float",
    "Number": "float", "double": "float", "decimal": "float", "Float": "float", "numeric": "float",
    "boolean": "bool", "Boolean": "bool", "Bool": "bool", "array": "list", "Array": "list",
    "object": "dict[str, Any]", "json": "dict[str, Any]", "JSON": "dict[str, Any]", "map": "dict",
    "any": "Any", "none": "None", "null": "None", "date": "datetime.date",
    "datetime": "datetime.datetime", "time": "datetime.time", "Path": "pathlib.Path",
    "path": "pathlib.Path", "UUID": "uuid.UUID", "uuid": "uuid.UUID", "Decimal": "decimal.Decimal",
    "image": "dspy.Image", "bytearray": "bytes", "enum": "Literal", "Enum": "Literal",
}  # fmt: skip
_MODULE_TYPES = {
    "datetime": "datetime.datetime", "uuid": "uuid.UUID", "decimal": "decimal.Decimal",
    "pathlib": "pathlib.Path", "enum": "enum.Enum", "json": "dict[str, Any]", "string": "str",
    "array": "list", "collections": "collections.OrderedDict", "types": "Any", "numbers": "float",
}  # fmt: skip
# What people call DSPy's types, in lower case.
_DSPY_SYNONYMS = {
    "picture": "Image", "photo": "Image", "img": "Image", "sound": "Audio", "speech": "Audio",
    "messages": "History", "chat": "History", "conversation": "History", "document": "File", "pdf": "File",
    "function": "Tool", "toolcall": "ToolCalls",
}  # fmt: skip
_COMMON = (
    "Any", "Optional", "Union", "Literal", "List", "Dict", "Tuple", "Set", "Sequence", "Mapping", "Iterable",
)  # fmt: skip


class Replacement(NamedTuple):
    """A suggestion: new text for a part of the annotation."""

    span: Span
    text: str


class Advice(NamedTuple):
    """A message's end and the suggestions that go with it."""

    message: str
    replacements: tuple[Replacement, ...] = ()


def shown(value: Any) -> str:
    """A type for people: as they would write it."""
    if isinstance(value, Module):
        return value.name
    if isinstance(value, Value):
        return f"a {value.type_name}"
    text = spell(value)
    for prefix in ("typing.", "__main__."):
        text = text.replace(prefix, "")
    return text


@lru_cache(maxsize=1024)
def suggestions(name: str, dialect: Dialect) -> tuple[str, ...]:
    """What a person who wrote `name` as a type most likely meant, the likeliest first."""
    found = []
    if name in _SYNONYMS:
        found.append(_SYNONYMS[name])
    if name in dialect.dspy_types:
        found.append(f"dspy.{name}")
    known = [*BUILTIN_TYPES, *_COMMON]
    lowered = {word.lower(): word for word in reversed(known)}
    if name.lower() in lowered:
        found.append(lowered[name.lower()])
    if len(name) > 2:
        near = difflib.get_close_matches(name, known, n=2, cutoff=0.72)
        found.extend(near)
        types = {word: f"dspy.{word}" for word in dialect.dspy_types}
        found.extend(
            types[word] for word in difflib.get_close_matches(name, types, n=1, cutoff=0.8)
        )
    return tuple(dict.fromkeys(word for word in found if word != "bytearray"))


def advise(code: str, span: Span, what: dict[str, Any], text: str, dialect: Dialect) -> Advice:
    """What to say of a problem with the annotation `text`, without the field's name."""
    return _ADVISERS[code](span, what, text, dialect)


def _or(words: tuple[str, ...]) -> str:
    return " or ".join(f"`{word}`" for word in words)


def _unknown_type(span: Span, what: dict[str, Any], text: str, dialect: Dialect) -> Advice:
    name = what["name"]
    part = text[span.start : span.end]
    if what.get("literal"):
        quoted = _quoted_literal(part)
        return Advice(
            f"DSPy reads `{name}` in the Literal as the name of a type and knows none. Put the choices in quotes: "
            "`" + (quoted or 'Literal["a", "b"]') + "`.",
            (Replacement(span, quoted),) if quoted else (),
        )
    words = suggestions(name, dialect)
    if words:
        return Advice(
            f"DSPy knows no type `{name}` here and raises ValueError. Did you mean {_or(words[:2])}?",
            tuple(Replacement(span, word) for word in words),
        )
    return Advice(
        f"DSPy knows no type `{name}` here and raises ValueError. Define or import it before this line, "
        f'pass `custom_types={{"{name}": …}}`, or use `str`.',
        (Replacement(span, "str"),),
    )


def _quoted_literal(part: str) -> str:
    node = parse(part)
    if not isinstance(node, ast.Subscript):
        return ""
    elements = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    words = []
    for element in elements:
        if isinstance(element, ast.Name):
            words.append(f'"{element.id}"')
        elif isinstance(element, ast.Constant):
            words.append(repr(element.value).replace("'", '"'))
        else:
            return ""
    return f"Literal[{', '.join(words)}]"


def _unknown_attribute(span: Span, what: dict[str, Any], text: str, dialect: Dialect) -> Advice:
    base, name = what["base"], what["name"]
    words: tuple[str, ...] = ()
    if isinstance(base, Module) and not base.known:
        dotted = text[span.start : span.end]
        words = tuple(w for w in suggestions(name, dialect) if "." in w)
        hint = (
            f"Did you mean {_or(words)}?"
            if words
            else "Import it before this line, under that name."
        )
        return Advice(
            f"DSPy knows no module or class `{base.name}` here and raises ValueError on `{dotted}`. {hint}",
            tuple(Replacement(span, word) for word in words),
        )
    if isinstance(base, Module):
        names = dialect.module(base.name)
        if isinstance(names, dict):
            usable = [n for n, entry in names.items() if entry[0] in "+t" and "." not in n]
            near = difflib.get_close_matches(name, usable, n=2, cutoff=0.7)
            synonym = _DSPY_SYNONYMS.get(name.lower()) if base.name == "dspy" else None
            if synonym in usable:
                near = [synonym]
            words = tuple(f"{base.name}.{word}" for word in near)
    hint = f"Did you mean {_or(words)}?" if words else "Use a type that it has."
    return Advice(
        f"`{shown(base)}` has no `{name}`: DSPy raises ValueError. {hint}",
        tuple(Replacement(span, word) for word in words),
    )


def _not_a_type(span: Span, what: dict[str, Any], text: str, dialect: Dialect) -> Advice:
    part = text[span.start : span.end]
    if "module" in what:
        word = _MODULE_TYPES.get(what["module"]) or next(iter(suggestions(part, dialect)), "str")
        return Advice(
            f"`{part}` is a module, not a type: DSPy raises ValueError. Write `{word}`.",
            (Replacement(span, word), Replacement(span, "str")),
        )
    if what.get("field_call"):
        return Advice(
            "`Field(…)` is not a type: DSPy raises ValueError. Write `Annotated[str, Field(…)]`, or use a class "
            "signature for descriptions.",
            (Replacement(span, f"Annotated[str, {part}]"), Replacement(span, "str")),
        )
    value = what["value"]
    if "bound" in what:
        return Advice(
            f"`{part}` is bound to {_shown_value(value)}, which is no type: DSPy raises ValueError. Bind a class or a "
            "type to the name, or write the type here.",
            (Replacement(span, "str"),),
        )
    if isinstance(value, str) and parse(value) is not None and value.strip().isidentifier():
        return Advice(
            f"A quoted type is not resolved: DSPy raises ValueError. Write `{value}` without quotes.",
            (Replacement(span, value), Replacement(span, "str")),
        )
    if isinstance(value, str | int | float | bytes) or value is ...:
        return Advice(
            f"`{part}` is a value, not a type: DSPy raises ValueError. For a fixed choice write `Literal[{part}]`; "
            "a description belongs in a class signature.",
            (Replacement(span, f"Literal[{part}]"), Replacement(span, "str")),
        )
    lowered = part.rpartition(".")[2].lower()
    if lowered in BUILTIN_TYPES:
        return Advice(
            f"`{part}` without arguments is not a type to DSPy, which raises ValueError. Write `{lowered}`, or "
            f"`{part}[…]` with arguments.",
            (Replacement(span, lowered),),
        )
    return Advice(
        f"`{part}` is not a type that a field can have: DSPy raises ValueError.",
        (Replacement(span, "str"),),
    )


def _shown_value(value: Any) -> str:
    if isinstance(value, Value):
        name = value.type_name.replace("builtin_function_or_method", "function")
        return f"{'an' if name[:1] in 'aeiou' else 'a'} {name}"
    return f"`{_short(shown(value))}`"


def _unsupported(span: Span, what: dict[str, Any], text: str, dialect: Dialect) -> Advice:
    part = text[span.start : span.end]
    if what.get("union"):
        union = _union_words(part)
        return Advice(
            f"dspy {dialect.version} cannot read `|` in a type and raises ValueError. Write `{union}`.",
            (Replacement(span, union),) if union else (),
        )
    words = _prose_choices(part)
    return Advice(
        f"DSPy cannot read `{_short(part)}` as a type and raises ValueError."
        + (
            f" Did you mean {_or(words[:2])}?"
            if words
            else " Use a type expression like `list[str]`, or `str`."
        ),
        (*(Replacement(span, word) for word in words), Replacement(Span(0, len(text)), "str")),
    )


def _union_words(part: str) -> str:
    node = parse(part)
    members: list[str] = []
    while isinstance(node, ast.BinOp):
        members.append(ast.unparse(node.right))
        node = node.left
    if node is None:
        return ""
    members.append(ast.unparse(node))
    members.reverse()
    rest = [m for m in members if m not in {"None", "NoneType"}]
    if len(rest) < len(members) and len(rest) == 1:
        return f"Optional[{rest[0]}]"
    return f"Union[{', '.join(members)}]"


def _prose_choices(part: str) -> tuple[str, ...]:
    """`Low or High` → a Literal of the words; `int or str` → a union; `[int]` → `list[int]`."""
    node = parse(part)
    if isinstance(node, ast.BoolOp) and all(isinstance(v, ast.Name) for v in node.values):
        names = [v.id for v in node.values if isinstance(v, ast.Name)]
        if all(name in BUILTIN_TYPES or name in _COMMON for name in names):
            return (f"Union[{', '.join(names)}]",)
        choices = ", ".join(f'"{name}"' for name in names)
        return (f"Literal[{choices}]",)
    if isinstance(node, ast.List) and len(node.elts) == 1:
        return (f"list[{ast.unparse(node.elts[0])}]",)
    if isinstance(node, ast.Dict) and len(node.keys) == 1 and node.keys[0] is not None:
        return (f"dict[{ast.unparse(node.keys[0])}, {ast.unparse(node.values[0])}]",)
    if isinstance(node, ast.Call) and not node.args and not node.keywords:
        return (ast.unparse(node.func),)
    return ()


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 60 else flat[:57] + "..."


def _arguments(span: Span, what: dict[str, Any], text: str, dialect: Dialect) -> Advice:
    part = text[span.start : span.end]
    whole = Replacement(Span(0, len(text)), "str")
    if "reason" in what:
        return Advice(f"{what['reason']}: DSPy raises.", (whole,))
    if "value" in what:
        return Advice(
            f"`{_short(part)}` is not a type and cannot stand in a union: DSPy raises TypeError.",
            (whole,),
        )
    base = what.get("base")
    head, _, rest = part.partition("[")
    inner = rest.rpartition("]")[0]
    words: list[str] = []
    lowered = head.strip().rpartition(".")[2].lower()
    if lowered == "dict":
        words.append(f"{head}[str, {inner}]")
    elif lowered == "optional":
        words.append(f"Optional[Union[{inner}]]")
    elif lowered == "annotated":
        words.append(inner)
    elif lowered in {"list", "set", "frozenset"}:
        words.append(f"{lowered}[Union[{inner}]]")
    words.append(head.strip())
    return Advice(
        f"`{shown(base)}` cannot take the arguments `[{_short(inner)}]`: DSPy raises. Write `{words[0]}`.",
        (*(Replacement(span, word) for word in words), whole),
    )


def _no_schema(span: Span, what: dict[str, Any], text: str, dialect: Dialect) -> Advice:
    part, reason = what["part"], what["reason"]
    name = shown(part)
    why = f": {reason}" if reason else ""
    words = [*suggestions(name.rpartition(".")[2], dialect), "Any", "str"]
    if name in {"Optional", "Union", "Literal", "Annotated"}:
        example = {"Literal": 'Literal["a", "b"]', "Union": "Union[str, int]"}.get(
            name, f"{name}[str]"
        )
        message = f"`{name}` needs arguments; without them pydantic cannot build a schema. Write e.g. `{example}`."
        return Advice(message, (Replacement(span, "str"),))
    if text.startswith(("dict[", "Dict[")):
        words.insert(0, f"dict[str, {text[5:-1]}]")
    return Advice(
        f"pydantic cannot build a schema for `{_short(name)}`{why}, so DSPy raises. Use a BaseModel, dataclass or Enum, "
        "or a type like `str`, `list[str]`, `dict[str, Any]`.",
        tuple(Replacement(span, word) for word in dict.fromkeys(words)),
    )


def _syntax(span: Span, what: dict[str, Any], text: str, dialect: Dialect) -> Advice:
    return Advice("Python cannot read this as a type.")


_ADVISERS = {
    "DSP102": _syntax,
    "DSP104": _unknown_type,
    "DSP105": _unknown_attribute,
    "DSP106": _not_a_type,
    "DSP107": _unsupported,
    "DSP108": _arguments,
    "DSP109": _no_schema,
}
