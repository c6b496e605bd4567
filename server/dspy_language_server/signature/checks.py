"""What DSPy and pydantic say to the fields of a parsed signature, in words for people."""

from collections.abc import Mapping
from typing import Any

from dspy_language_server.signature import advice
from dspy_language_server.signature.codes import CODES
from dspy_language_server.signature.dialect import Dialect
from dspy_language_server.signature.fixes import without
from dspy_language_server.signature.model import Edit, Field, Fix, Problem, Role, Span
from dspy_language_server.signature.scope import Scope
from dspy_language_server.signature.sides import Piece, Side
from dspy_language_server.signature.typereader import TypeProblem, read_string_type

# Names that `Predict.__call__` keeps for itself (dspy/predict/predict.py, `_forward_preprocess`).
SWALLOWED = {
    "demos": "as few-shot examples",
    "config": "as LM settings",
    "lm": "as the language model",
    "signature": "as the signature",
    "new_signature": "and raises",
    "prediction": "as predicted output when it is a dict",
    "self": "and raises TypeError",
}
_UNREADABLE = frozenset({"model_config"})


def problem(
    code: str, message: str, span: Span, fixes: tuple[Fix, ...] = (), **data: Any
) -> Problem:
    """A problem of the code's default severity."""
    return Problem(code, message, span, CODES[code].severity, data, fixes)


def to_the_end(problems: list[Problem], text: str) -> list[Problem]:
    """Problems by position; one on the last word takes in the blanks behind it, where the caret is."""
    last = len(text.rstrip())
    if last < len(text):
        problems = [
            p._replace(span=Span(p.span.start, len(text))) if p.span.end == last else p
            for p in problems
        ]
    return sorted(problems, key=lambda problem: problem.span)


def _replace(title: str, span: Span, text: str) -> Fix:
    return Fix(title, (Edit(span, text),))


def overlap(
    inputs: Mapping[str, Field],
    outputs: Mapping[str, Field],
    text: str,
    dialect: Dialect,
    left: Side,
) -> list[Problem]:
    """Fields on both sides: an error since dspy 3.2, silently outputs before."""
    found = []
    for name in inputs:
        if name not in outputs:
            continue
        other = outputs[name]
        taken = {*inputs, *outputs}
        new = next(
            n
            for n in (f"{p}{name}" for p in ("new_", "updated_", "output_", "x_" * 4))
            if n not in taken
        )
        fixes = (
            _replace(f"Rename the output to `{new}`", other.name_span, new),
            Fix(
                f"Remove the input `{name}`",
                without([p for p in left.pieces if p.name == name and not p.dropped], text),
            ),
        )
        if dialect.overlap_accepted:
            message = f"Field `{name}` stands on both sides: dspy {dialect.version} makes it an output only, so the input is lost. Give the output a name of its own, e.g. `{new}`."
            code = "DSP208"
        else:
            message = f"Field `{name}` is an input and an output: DSPy raises ValueError. Give the output a name of its own, e.g. `{new}`."
            code = "DSP103"
        found.append(
            problem(code, message, other.name_span, fixes, field=name, other=inputs[name].name_span)
        )
    return found


def dropped(piece: Piece, text: str) -> Problem:
    """A parameter that DSPy never looks at."""
    why = {
        "positional-only": "stands before a `/`",
        "keyword-only": "stands after a `*`",
        "*args": "has a `*`",
        "**kwargs": "has a `**`",
    }[piece.dropped]
    start = piece.name_span.start
    if piece.dropped in {"*args", "**kwargs"}:
        while start > 0 and text[start - 1] in "* ":
            start -= 1
        while text[start] == " ":
            start += 1
    stars = Span(start, piece.name_span.start)
    fixes = (
        (_replace(f"Make `{piece.name}` a field", stars, ""),) if stars.start < stars.end else ()
    )
    return problem(
        "DSP201",
        f"Field `{piece.name}` {why}, so DSPy drops it without a word. Write the plain name `{piece.name}`.",
        Span(start, piece.name_span.end), fixes, field=piece.name,
    )  # fmt: skip


def class_variable(piece: Piece, dialect: Dialect) -> list[Problem]:
    """`ClassVar` (and for some names `Final`), which pydantic takes out of the fields."""
    span = piece.type_span or piece.name_span
    word = "ClassVar" if "ClassVar" in (piece.type_text or "") else "Final"
    if word == "ClassVar" and piece.name in dialect.rejected_class_variables:
        if rejected_name(piece.name, dialect):
            return []  # said of the name, whatever its type
        new = acceptable_name(piece.name, set(), dialect)
        return [problem(
            "DSP111",
            f"Field `{piece.name}`: a `ClassVar` of this name takes the place of what DSPy's signatures need, and DSPy "
            f"raises. Rename it, e.g. `{new}`.",
            piece.name_span, (_replace(f"Rename to `{new}`", piece.name_span, new),), field=piece.name,
        )]  # fmt: skip
    return [problem(
        "DSP201",
        f"Field `{piece.name}` is declared `{word}`, so pydantic drops it without a word. Write its type instead.",
        span, (_replace("Use `str`", span, "str"),), field=piece.name,
    )]  # fmt: skip


def default(piece: Piece, text: str) -> Problem:
    """A default, which DSPy does not look at."""
    span = piece.default_span or piece.name_span
    start = text.rfind("=", 0, span.start)
    while start > 0 and text[start - 1] in " \t\n":
        start -= 1
    return problem(
        "DSP202",
        f"DSPy ignores the default of `{piece.name}` in a string; the field stays required. Remove it, or use a class "
        "signature with `InputField(default=…)`.",
        Span(start, span.end), (_replace("Remove the default", Span(start, span.end), ""),), field=piece.name,
    )  # fmt: skip


def defaults(found: list[Problem]) -> list[Problem]:
    """Takes all defaults of a side out at once: Python wants one behind each that has one."""
    if len(found) < 2:
        return found
    edits = tuple(edit for problem in found for fix in problem.fixes for edit in fix.edits)
    return [each._replace(fixes=(Fix("Remove the defaults", edits),)) for each in found]


def duplicate(piece: Piece, earlier: Piece, text: str) -> Problem:
    """A name given twice on one side."""
    last = piece.type_text or "str"
    return problem(
        "DSP203",
        f"Field `{piece.name}` is given twice; DSPy keeps one, of the last type `{last}`. Remove or rename one of them.",
        piece.name_span,
        (
            Fix(f"Remove the first `{piece.name}`", without([earlier], text)),
            Fix(f"Remove this `{piece.name}`", without([piece], text)),
        ),
        field=piece.name, other=earlier.name_span,
    )  # fmt: skip


def deferred(piece: Piece, name: str) -> Problem:
    """A quoted type that nobody knows yet."""
    span = piece.type_span or piece.name_span
    unquoted = (piece.type_text or "").replace('"', "").replace("'", "")
    return problem(
        "DSP210",
        f"Field `{piece.name}`: the quoted type `{name}` is unknown to DSPy, which puts off all checks of this signature; "
        "the call fails. Write the type without quotes and make it visible, or use a class signature.",
        span, (_replace("Use `str`", span, "str"),), field=piece.name, name=name, unquoted=unquoted,
    )  # fmt: skip


def ignored_text(span: Span) -> Problem:
    """Text behind a parenthesis that closes DSPy's own."""
    return problem(
        "DSP212",
        "The `)` closes the list that DSPy wraps around this side; everything after it is ignored without a word. Remove it.",
        span, (_replace("Remove the ignored text", span, ""),),
    )  # fmt: skip


def type_problem(
    piece: Piece, found: TypeProblem, dialect: Dialect, scope: Scope, callee: str = "Signature"
) -> Problem:
    """A rejected type, in the field's words, with the rewrites that DSPy accepts."""
    text = piece.type_text or ""
    shift = (piece.type_span or piece.name_span).start
    span = found.span.shifted(shift)
    name = found.what.get("name") if found.code == "DSP104" else None
    if found.code == "DSP105" and getattr(found.what["base"], "known", True) is not True:
        name = found.what["base"].name
    if name and not found.what.get("literal") and scope.lookup(name) is not None:
        return _unreachable(piece, span, name, callee)
    said = advice.advise(found.code, found.span, found.what, text, dialect)
    fixes = []
    for replacement in said.replacements:
        start, end = replacement.span
        rewritten = text[:start] + replacement.text + text[end:]
        if read_string_type(rewritten, dialect).accepted:
            title = f"Replace with `{replacement.text}`"
            fixes.append(_replace(title, replacement.span.shifted(shift), replacement.text))
    data = {"field": piece.name, "name": name or text[found.span.start : found.span.end]}
    return problem(found.code, f"Field `{piece.name}`: {said.message}", span, tuple(fixes), **data)


def _unreachable(piece: Piece, span: Span, name: str, callee: str) -> Problem:
    why = f"DSPy looks only for a name directly after a colon, so it does not see it inside `{piece.type_text}` and raises"
    if callee == "make_signature":
        why = (
            "`make_signature`, and `dspy.Signature` with `signature=` as a keyword, look for no names "
            "around the call and raise"
        )
    return problem(
        "DSP110",
        f"Field `{piece.name}`: `{name}` is in scope, but {why}. "
        f'Pass `custom_types={{"{name}": {name}}}` to dspy.Signature, or '
        "use a class signature.",
        span, (), field=piece.name, name=name, fix="custom_types",
    )  # fmt: skip


def type_warning(piece: Piece, found: TypeProblem) -> Problem:
    """A type that is accepted and not meant so."""
    shift = (piece.type_span or piece.name_span).start
    span = found.span.shifted(shift)
    if found.code == "DSP209":
        return problem(
            "DSP209",
            f"Field `{piece.name}`: DSPy reads the type `None` as `str`. Write `str`, or `Optional[…]` for a value that "
            "may be missing.",
            span, (_replace("Write `str`", span, "str"),), field=piece.name,
        )  # fmt: skip
    used = ", ".join(found.what["used"])
    origin = found.what["origin"]
    shorter = found.what["shorter"] or f"{origin}[{used}]"
    return problem(
        "DSP213",
        f"Field `{piece.name}`: pydantic reads this as `{origin}[{used}]` and ignores the further arguments. For several "
        "types write `Union[…]` inside, for a fixed sequence `tuple[…]`.",
        span, (_replace(f"Write `{shorter}`", span, shorter),), field=piece.name,
    )  # fmt: skip


def shadowed(piece: Piece, dialect: Dialect, scope: Scope, callee: str) -> list[Problem]:
    """A user's class of a name that DSPy's own frames bind first."""
    from dspy_language_server.signature.typereader import annotation  # noqa: PLC0415

    found = []
    for dotted in annotation(piece.type_text or "", dialect).sought:
        base = dotted.partition(".")[0]
        entry = dialect.frames(callee).get(base)
        binding = scope.lookup(base) if entry is not None else None
        if entry is None or binding is None:
            continue
        spelled = entry.split("|")[1] if "|" in entry else ""
        if (
            not binding.name
            or spelled == binding.name
            or binding.kind.value in {"unknown", "known"}
        ):
            continue
        span = piece.type_span or piece.name_span
        found.append(
            problem(
                "DSP211",
                f"Field `{piece.name}`: DSPy takes its own `{base}` ({spelled}) here, not yours. Rename your class, or "
                f'pass `custom_types={{"{base}": {base}}}`.',
                span,
                (),
                field=piece.name,
                name=base,
            )
        )
    return found


def names(
    inputs: tuple[Field, ...],
    outputs: tuple[Field, ...],
    text: str,
    arrow: Span,
    dialect: Dialect,
    callee: str,
) -> list[Problem]:
    """What the names of the fields lead to, at construction and later."""
    found = []
    api = dialect.api(callee)
    delicate = dialect.delicate_names(callee)
    for field in inputs + outputs:
        name = field.name
        if name not in delicate and name not in SWALLOWED and name[:1] != "_":
            continue
        reason = rejected_name(name, dialect)
        if reason:
            new = acceptable_name(name, {f.name for f in inputs + outputs}, dialect)
            fixes = (_replace(f"Rename to `{new}`", field.name_span, new),)
            found.append(
                problem(
                    "DSP111",
                    f"Field `{name}`: {reason} Rename it, e.g. `{new}`.",
                    field.name_span,
                    fixes,
                    field=name,
                )
            )
            continue
        if name in dialect.dropped_names:
            new = acceptable_name(name, {f.name for f in inputs + outputs}, dialect)
            found.append(
                problem("DSP201", f"Field `{name}` has a name that Python keeps for classes: DSPy drops it without a word. "
                        f"Rename it, e.g. `{new}`.", field.name_span,
                        (_replace(f"Rename to `{new}`", field.name_span, new),), field=name)
            )  # fmt: skip
            continue
        reserved = api and name in (
            api.reserved_inputs if field.role is Role.INPUT else api.reserved_outputs
        )
        if reserved:
            new = f"{name}_{field.role.value}"
            found.append(
                problem("DSP112", f"Field `{name}`: {callee} reserves this {field.role.value} name and raises ValueError. "
                        f"Rename it, e.g. `{new}`.", field.name_span,
                        (_replace(f"Rename to `{new}`", field.name_span, new),), field=name, api=callee)
            )  # fmt: skip
        else:
            found.extend(_bites_later(field, api, dialect, callee))
    if not outputs:
        found.append(_no_outputs(text, arrow, callee))
    return found


def rejected_name(name: str, dialect: Dialect) -> str:
    """Why DSPy or pydantic raise on a field of that name; empty when they do not."""
    error = dialect.rejected_names.get(name)
    if error is not None:
        if name.startswith("_"):
            return f"the name is Python's or pydantic's own, and DSPy raises {error}."
        if name.startswith("model_"):
            return f"the name is pydantic's own, and DSPy raises {error}."
        return f"`{name}` is an attribute that DSPy's signatures need for themselves, and DSPy raises {error}."
    if name.startswith("_") and name not in dialect.dropped_names:
        return "pydantic allows no leading underscore, and DSPy raises PydanticUserError."
    return ""


def acceptable_name(name: str, taken: set[str], dialect: Dialect) -> str:
    """A name like it that DSPy accepts."""
    stem = name.strip("_") or "field"
    candidates = [stem, f"{stem}_field", f"{stem}_text", f"the_{stem}", f"the_{stem}_field"]
    for candidate in candidates:
        usable = candidate.isidentifier() and not rejected_name(candidate, dialect)
        if (
            usable
            and candidate not in taken
            and candidate not in dialect.warned_names
            and candidate != name
        ):
            return candidate
    return f"{stem}_field_2"


def _bites_later(field: Field, api: Any, dialect: Dialect, callee: str) -> list[Problem]:
    name, span = field.name, field.name_span
    new = f"{name}_text"
    fixes = (_replace(f"Rename to `{new}`", span, new),)
    if api is not None and field.role is Role.INPUT and name in api.replaced:
        message = f"Input `{name}`: {callee} puts a field of its own under this name, and the input is lost. Rename it, e.g. `{new}`."
        return [problem("DSP214", message, span, fixes, field=name, api=callee)]
    if field.role is Role.OUTPUT and name in dialect.prediction_attributes:
        message = (
            f'Output `{name}`: `prediction.{name}` is the prediction\'s own attribute, only `prediction["{name}"]` gives the '
            f"output. Rename it, e.g. `{new}`."
        )
        return [problem("DSP205", message, span, fixes, field=name)]
    if field.role is Role.INPUT and name in SWALLOWED:
        message = f"Input `{name}`: a call takes `{name}=` {SWALLOWED[name]}, so the input never arrives. Rename it, e.g. `{new}`."
        return [problem("DSP206", message, span, fixes, field=name)]
    if name in dialect.warned_names:
        message = f"Field `{name}` hides the attribute `{name}` of dspy.Signature; a warning is printed when this line runs. Rename it, e.g. `{new}`."
        return [problem("DSP204", message, span, fixes, field=name)]
    return []


def _no_outputs(text: str, arrow: Span, callee: str) -> Problem:
    span = Span(arrow.start, len(text))
    insert = (Fix("Add an output `answer`", (Edit(Span(arrow.end, len(text)), " answer"),)),)
    if callee == "MultiChainComparison":
        return problem(
            "DSP114",
            "MultiChainComparison needs an output field and raises ValueError. Add one, e.g. `answer`.",
            span,
            insert,
        )
    return problem(
        "DSP207",
        "The signature has no output field: it can be made, but a call fails. Add one, e.g. `answer`.",
        span,
        insert,
    )
