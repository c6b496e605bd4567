"""Calls of predictors and modules: does the call honour the signature?"""

from __future__ import annotations

from collections.abc import Iterator

from dspy_language_server.program.model import (
    Argument,
    Call,
    Parameter,
    Predictor,
    Signature,
    SignatureField,
    Unit,
)
from dspy_language_server.rules import edits
from dspy_language_server.rules.finding import DocumentEdit, DocumentFix, Finding, Place, Related
from dspy_language_server.rules.literal_types import mismatch
from dspy_language_server.rules.nearest import listed, nearest
from dspy_language_server.rules.origins import field_definition, signature_definition
from dspy_language_server.rules.rule import Family, Rule, Surroundings
from dspy_language_server.signature.model import Role, Severity, Span

UNKNOWN_INPUT = Rule(
    "DSP501", "unknown-input", Severity.WARNING, "The signature has no such input."
)
MISSING_INPUT = Rule("DSP502", "missing-input", Severity.WARNING, "An input is not given.")
POSITIONAL_CALL = Rule(
    "DSP503", "positional-call", Severity.ERROR, "Predictors take keywords only."
)
LITERAL_TYPE = Rule(
    "DSP505", "wrong-literal-type", Severity.WARNING, "A literal is not of the input's type."
)
AWAITED = Rule(
    "DSP506", "await-of-plain-call", Severity.ERROR, "A plain call is awaited; acall is meant."
)
UNKNOWN_MODULE_ARGUMENT = Rule(
    "DSP507",
    "unknown-module-argument",
    Severity.ERROR,
    "The module's forward has no such parameter.",
)
MISSING_MODULE_ARGUMENT = Rule(
    "DSP508", "missing-module-argument", Severity.ERROR, "The module's forward needs this argument."
)
FORWARD_CALLED = Rule(
    "DSP510", "forward-called", Severity.INFORMATION, "forward is called instead of the module."
)

RUNS = frozenset({"__call__", "acall", "forward", "aforward"})
# What these take by keyword beside the inputs.
TAKEN_BY_PREDICT = frozenset(
    {"config", "demos", "signature", "lm", "new_signature", "prediction", "_trace"}
)
ALSO_TAKEN = {
    "ReAct": {"max_iters"},
    "ReActV2": {"max_iters", "history"},
    "RLM": {"interpreter_factory"},
    "MultiChainComparison": {"completions"},
}
# These refuse a call that lacks an input; RLM refuses unknown ones as well.
REFUSE_MISSING = frozenset({"RLM", "ProgramOfThought"})
REFUSE_UNKNOWN = frozenset({"RLM"})
# Positional arguments that are no inputs: an interpreter, completions.
FIRST_POSITIONAL = frozenset({"ProgramOfThought", "CodeAct", "MultiChainComparison", "RLM"})
KEYWORDS_ONLY = frozenset(
    {"Predict", "ChainOfThought", "ReAct", "ReActV2", "Refine", "BestOfN", "Flex"}
)


def check_inputs(unit: Unit, surroundings: Surroundings) -> Iterator[Finding]:
    """Keywords that the signature lacks, inputs that are not given, literals of a wrong type."""
    for call in unit.calls:
        if call.kind != "predictor" or call.predictor is None or call.method not in RUNS:
            continue
        signature = surroundings.program.predictor_inputs(call.predictor)
        if signature is None or not call.sure or "signature" in call.keywords:
            continue
        if signature.complete:
            yield from _unknown(call, call.predictor, signature)
            if not call.broken and not call.open_ended and not call.positional:
                yield from _missing(unit, call, call.predictor, signature)
        yield from _literals(call, signature)


def _unknown(call: Call, predictor: Predictor, signature: Signature) -> Iterator[Finding]:
    names = [field.name for field in signature.inputs]
    allowed = set(names) | TAKEN_BY_PREDICT | ALSO_TAKEN.get(predictor.api, set())
    free = [name for name in names if name not in call.keywords]
    for keyword, argument in call.keywords.items():
        if keyword in allowed:
            continue
        meant = nearest(keyword, free)
        if meant is None and len(free) == 1 and len(call.keywords) == len(names):
            meant = free[0]
        hint = f" Did you mean `{meant}`?" if meant else f" Its inputs are {listed(names)}."
        output = signature.field(keyword)
        if output is not None and output.role is Role.OUTPUT:
            hint = f" `{keyword}` is an output." + hint
        refused = predictor.api in REFUSE_UNKNOWN
        yield UNKNOWN_INPUT.at(
            edits.name_place(argument),
            f"The signature has no input `{keyword}`: "
            + ("ValueError at this call." if refused else "DSPy ignores it.")
            + hint,
            severity=Severity.ERROR if refused else None,
            related=signature_definition(signature),
            fixes=(
                edits.rename(argument, meant),
                edits.remove(call, argument, preferred=False),
            ),
            data={"name": keyword, "nearest": meant},
        )


def _missing(
    unit: Unit, call: Call, predictor: Predictor, signature: Signature
) -> Iterator[Finding]:
    unknown = [k for k in call.keywords if signature.field(k) is None]
    missing = [
        field
        for field in signature.inputs
        if field.name not in call.keywords and not _optional(field)
    ]
    if predictor.api == "ReActV2":
        missing = [field for field in missing if field.name not in {"history", "tools"}]
    for field in missing:
        refused = predictor.api in REFUSE_MISSING
        # A misspelt keyword is reported as such, and its fix gives the missing input.
        if len(missing) == 1 and nearest(field.name, unknown) is not None:
            continue
        yield MISSING_INPUT.at(
            edits.callee_name(call),
            f"The input `{field.name}` is not given: "
            + (
                "the call raises."
                if refused
                else "DSPy logs a warning and the LM works without it."
            ),
            severity=Severity.ERROR if refused else None,
            related=field_definition(field),
            fixes=(_give(unit, call, field.name),),
            data={"name": field.name},
        )


def _optional(field: SignatureField) -> bool:
    """Whether a call may leave the input out: a default, or a type that allows None."""
    if field.call is not None and {"default", "default_factory"} & set(field.call.keywords):
        return True
    if field.call is not None and (field.call.open_ended or field.call.broken):
        return True
    types = f"{field.type_text or ''} {field.resolved or ''}"
    if "None" in types or "Optional" in types or "Any" in types:
        return True
    return field.type_text is not None and field.resolved is None


def _give(unit: Unit, call: Call, name: str) -> DocumentFix:
    """Adds the input: from the name of the same name where there is one, else a place to fill."""
    known = name in edits.names_around(unit, call)
    value = name if known else "..."
    edit = edits.addition(call, f"{name}={value}")
    return DocumentFix(f"Give `{name}`", (edit,), preferred=known)


def _literals(call: Call, signature: Signature) -> Iterator[Finding]:
    for keyword, argument in call.keywords.items():
        field = signature.field(keyword)
        if field is None or field.role is not Role.INPUT or field.type_text is None:
            continue
        wrong = mismatch(argument, field.resolved)
        if wrong is None:
            continue
        yield LITERAL_TYPE.at(
            edits.value_place(argument),
            f"`{keyword}` is declared as `{field.type_text}`, and this is {wrong}: DSPy logs a "
            "type mismatch and sends it as it is.",
            related=field_definition(field),
            data={"name": keyword, "type": field.type_text},
        )


def check_positional(unit: Unit, surroundings: Surroundings) -> Iterator[Finding]:
    """`qa("What is …?")`."""
    for call in unit.calls:
        if call.kind != "predictor" or call.predictor is None or call.method not in RUNS:
            continue
        predictor = call.predictor
        given = call.positional
        if not given or not call.sure or (predictor.wrapper or predictor.api) not in KEYWORDS_ONLY:
            continue
        error = (
            "ValueError" if predictor.api == "Predict" and not predictor.wrapper else "TypeError"
        )
        signature = surroundings.program.predictor_inputs(predictor)
        example = _example(signature)
        yield POSITIONAL_CALL.at(
            Place.of(call.anchor, given[0].span),
            f"Predictors take keywords only: {error} at this call.{example}",
            related=signature_definition(signature) if signature else (),
            fixes=(_name_them(call, given, signature),),
        )


def _example(signature: Signature | None) -> str:
    if signature is None or not signature.inputs:
        return ""
    return f" Write `{signature.inputs[0].name}=`."


def _name_them(
    call: Call, given: tuple[Argument, ...], signature: Signature | None
) -> DocumentFix | None:
    """Writes the input's name before each positional argument, in the signature's order."""
    if signature is None or not signature.complete or call.open_ended:
        return None
    free = [field.name for field in signature.inputs if field.name not in call.keywords]
    if len(free) < len(given):
        return None
    new = tuple(
        edits.insert(edits.value_place(a), a.value_span.start, f"{name}=")
        for a, name in zip(given, free, strict=False)
    )
    names = ", ".join(f"`{name}=`" for _, name in zip(given, free, strict=False))
    return DocumentFix(f"Write {names}", new)


def check_await(unit: Unit, _: Surroundings) -> Iterator[Finding]:
    """`await qa(question=…)`."""
    for call in unit.calls:
        if call.kind not in {"predictor", "module"} or call.method != "__call__":
            continue
        if not call.awaited or not call.sure:
            continue
        if call.kind == "module" and (
            call.definition is None or not _plain_module(call.definition, "__call__")
        ):
            continue
        place = Place.of(call.anchor, call.callee_span)
        fix = DocumentFix("Call `acall`", (edits.insert(place, place.span.end, ".acall"),))
        yield AWAITED.at(
            place,
            "A prediction cannot be awaited: TypeError at this call. `await` goes with "
            "`.acall(…)`.",
            fixes=(fix,),
        )


def check_modules(unit: Unit, surroundings: Surroundings) -> Iterator[Finding]:
    """Calls of custom modules against the parameters of their `forward`."""
    for call in unit.calls:
        if call.kind != "module" or call.definition is None or not call.sure:
            continue
        if call.method not in RUNS or not _plain_module(call.definition, "__call__", "acall"):
            continue
        parameters = surroundings.program.module_parameters(call.definition)
        if parameters is None or any(p.kind == "args" for p in parameters):
            continue
        yield from _module_keywords(call, parameters)
        if not call.broken and not call.open_ended:
            yield from _module_missing(unit, call, parameters)


def _plain_module(definition: object, *methods: str) -> bool:
    """Whether calling the class's instances runs `forward`, for all that is known."""
    own = getattr(definition, "methods", {})
    complete = getattr(definition, "complete_bases", False)
    return bool(complete) and not any(name in own for name in methods)


def _module_keywords(call: Call, parameters: tuple[Parameter, ...]) -> Iterator[Finding]:
    names = [p.name for p in parameters if p.kind in {"positional", "keyword"}]
    if any(p.kind == "kwargs" for p in parameters):
        return
    free = [name for name in names[len(call.positional) :] if name not in call.keywords]
    for keyword, argument in call.keywords.items():
        if keyword in names:
            continue
        meant = nearest(keyword, free)
        if meant is None and len(free) == 1 and len(call.keywords) == len(names):
            meant = free[0]
        hint = f" Did you mean `{meant}`?" if meant else f" It takes {listed(names)}."
        yield UNKNOWN_MODULE_ARGUMENT.at(
            edits.name_place(argument),
            f"`forward` of `{_name(call)}` has no parameter `{keyword}`: TypeError at this call."
            + hint,
            related=_forward(call),
            fixes=(edits.rename(argument, meant), edits.remove(call, argument, preferred=False)),
            data={"name": keyword, "nearest": meant},
        )


def _module_missing(unit: Unit, call: Call, parameters: tuple[Parameter, ...]) -> Iterator[Finding]:
    ordered = [p for p in parameters if p.kind == "positional"]
    given = {p.name for p in ordered[: len(call.positional)]} | set(call.keywords)
    known = {p.name for p in parameters}
    unknown = [k for k in call.keywords if k not in known]
    missing = [p for p in parameters if p.required and p.name not in given]
    for parameter in missing:
        if parameter.kind not in {"positional", "keyword"}:
            continue
        if len(missing) == 1 and nearest(parameter.name, unknown) is not None:
            continue
        yield MISSING_MODULE_ARGUMENT.at(
            edits.callee_name(call),
            f"`forward` of `{_name(call)}` needs `{parameter.name}`: TypeError at this call.",
            related=(
                Related(
                    Place(parameter.anchor, parameter.name_relative),
                    f"`{parameter.name}` is a parameter of `forward`.",
                ),
            ),
            fixes=(_give(unit, call, parameter.name),),
            data={"name": parameter.name},
        )


def _name(call: Call) -> str:
    return call.definition.name if call.definition is not None else "the module"


def _forward(call: Call) -> tuple[Related, ...]:
    forward = call.definition.methods.get("forward") if call.definition is not None else None
    if forward is None:
        return ()
    return (Related(Place(forward.anchor, forward.name_relative), "`forward` is defined here."),)


def check_forward(unit: Unit, surroundings: Surroundings) -> Iterator[Finding]:
    """`qa.forward(question=…)`: callbacks, traces and usage are skipped."""
    if not surroundings.release(3, 0):
        return
    for call in unit.calls:
        if call.kind not in {"predictor", "module"} or call.method != "forward" or not call.sure:
            continue
        text = surroundings.slice(call.callee_span)
        if text.startswith("super(") or not text.endswith(".forward"):
            continue
        place = edits.callee_name(call)
        end = place.span.end
        start = end - len(".forward")
        dot = Place.of(call.anchor, Span(start, end))
        yield FORWARD_CALLED.at(
            place,
            "DSPy discourages calling `forward` directly and logs a warning: callbacks, history "
            "and usage tracking are skipped. Call the module itself.",
            fixes=(DocumentFix("Call the module itself", (DocumentEdit(dot, ""),)),),
        )


FAMILY = Family(
    "Calls",
    (
        UNKNOWN_INPUT,
        MISSING_INPUT,
        POSITIONAL_CALL,
        LITERAL_TYPE,
        AWAITED,
        UNKNOWN_MODULE_ARGUMENT,
        MISSING_MODULE_ARGUMENT,
        FORWARD_CALLED,
    ),
    (check_inputs, check_positional, check_await, check_modules, check_forward),
)
