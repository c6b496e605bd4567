"""Is each argument of a constructor what its parameter needs: a signature, a module, tools, an LM?"""

from __future__ import annotations

from collections.abc import Iterator

from dspy_language_server.program.model import (
    ApiValue,
    Argument,
    Call,
    ClassValue,
    ConstantValue,
    FunctionValue,
    InstanceValue,
    MappingValue,
    PredictionValue,
    PredictorValue,
    SequenceValue,
    StringValue,
    Unit,
    Value,
)
from dspy_language_server.rules import edits
from dspy_language_server.rules.derived_signatures import is_signature
from dspy_language_server.rules.finding import DocumentEdit, DocumentFix, Finding, Place
from dspy_language_server.rules.rule import Family, Rule, Surroundings
from dspy_language_server.rules.signature_attributes import lacking
from dspy_language_server.signature.dialect import Api
from dspy_language_server.signature.model import Severity

MODULE_EXPECTED = Rule(
    "DSP404", "module-expected", Severity.ERROR, "A module is needed, not a signature."
)
TOOLS = Rule(
    "DSP407", "tools-not-callable", Severity.ERROR, "`tools` is a list of functions or dspy.Tool."
)
SIGNATURE_EXPECTED = Rule(
    "DSP408",
    "signature-expected",
    Severity.ERROR,
    "A signature is needed, not a module or a value.",
)
LM_AS_STRING = Rule(
    "DSP409", "lm-as-string", Severity.ERROR, "An LM is needed, not the name of one."
)

MODULE_TAKERS = frozenset({"BestOfN", "Refine"})
LM_TAKERS = frozenset({"configure", "context"})


def check_kinds(unit: Unit, surroundings: Surroundings) -> Iterator[Finding]:
    """Signatures, modules and tools: is each what its parameter needs?"""
    for call in unit.calls:
        if call.kind != "api" or call.api is None or not call.sure:
            continue
        api = surroundings.dialect.api(call.api)
        if api is None:
            continue
        if call.api in MODULE_TAKERS:
            yield from _module(call, surroundings)
        elif api.takes == "string" and call.api not in {"Signature", "make_signature"}:
            yield from _signature(call)
        elif api.takes == "string":
            yield from _string_or_dict(call)
        if api.parameter("tools") is not None:
            yield from _tools(call, api)


def _module(call: Call, surroundings: Surroundings) -> Iterator[Finding]:
    argument = call.argument("module", 0)
    if argument is None:
        return
    value = argument.value
    is_string = isinstance(value, StringValue)
    is_class = isinstance(value, ClassValue) and value.definition.kind == "module"
    is_api = isinstance(value, ApiValue) and surroundings.dialect.api(value.name) is not None
    if not (is_string or is_signature(value) or is_class or is_api):
        return
    fix = None
    if is_class:
        place = edits.value_place(argument)
        fix = DocumentFix("Make an instance: `()`", (edits.insert(place, place.span.end, "()"),))
    elif not is_api:
        spelled = edits.spelled(call, "Predict", surroundings)
        if spelled:
            fix = edits.wrap(argument, f"{spelled}(", ")", f"Wrap it in `{spelled}`")
    what = "a module's class" if is_class or is_api else "a signature"
    yield MODULE_EXPECTED.at(
        edits.value_place(argument),
        f"`{call.api}` runs a module, and this is {what}: it fails at the latest when it is "
        "called. Give it an instance, for example `dspy.Predict(…)`.",
        fixes=(fix,),
    )


def _signature(call: Call) -> Iterator[Finding]:
    argument = call.argument("signature", 0)
    if argument is None or call.api == "ensure_signature":
        return  # What is no string is handed back as it is.
    if call.api == "ChainOfThought" and _is_whole_instance(argument.value):
        return  # It makes a signature of its own from the instance's.
    value = argument.value
    what, fix = _not_a_signature(value, argument)
    if what is None:
        return
    yield SIGNATURE_EXPECTED.at(
        edits.value_place(argument),
        f"`{call.api}` needs a signature, and this is {what}: it fails at the latest when it is "
        "called.",
        fixes=(fix,),
    )


def _string_or_dict(call: Call) -> Iterator[Finding]:
    """`dspy.Signature(["question -> answer"])`: for signatures see `derived_signatures`."""
    argument = call.argument("signature", 0)
    if argument is None or argument.value_kind not in {
        "none", "integer", "float", "boolean", "list", "tuple", "set",
    }:  # fmt: skip
        return
    yield SIGNATURE_EXPECTED.at(
        edits.value_place(argument),
        f"`{call.api}` needs a string or a dict of fields: AttributeError when the line runs.",
    )


def _not_a_signature(value: Value, argument: Argument) -> tuple[str | None, DocumentFix | None]:
    if isinstance(value, InstanceValue):
        if value.definition.kind == "signature":
            return "an instance of a signature class (give it the class itself)", _uncall(
                value, argument
            )
        if value.definition.kind == "module":
            return "a module", None
    if isinstance(value, PredictorValue):
        return "a predictor", _its_signature(value, argument)
    if isinstance(value, PredictionValue):
        return "a prediction", None
    if isinstance(value, ConstantValue) and isinstance(value.value, int | float):
        return "a number", None
    if isinstance(value, SequenceValue) and argument.value_kind in {"list", "tuple", "set"}:
        return f"a {value.kind}", None
    if isinstance(value, FunctionValue):
        return "a function", None
    if isinstance(value, ConstantValue) and argument.value_kind == "none":
        return "None", None
    if isinstance(value, ClassValue) and value.definition.kind in {"module", "type", "plain"}:
        return "another class", None
    return None, None


def _is_whole_instance(value: Value) -> bool:
    """Whether it is an instance of a signature class that was given all its fields."""
    if not isinstance(value, InstanceValue) or value.call is None:
        return False
    return value.definition.kind == "signature" and not lacking(value.call)


def _its_signature(value: PredictorValue, argument: Argument) -> DocumentFix | None:
    """`.signature` of a named Predict; other predictors keep theirs elsewhere."""
    place = edits.value_place(argument)
    if value.predictor.api != "Predict" or value.predictor.call.span == argument.value_span:
        return None
    edit = edits.insert(place, place.span.end, ".signature")
    return DocumentFix("Give it the predictor's signature", (edit,), preferred=False)


def _uncall(value: InstanceValue, argument: Argument) -> DocumentFix | None:
    call = value.call
    if call is None or call.arguments or call.span != argument.value_span:
        return None
    edit = DocumentEdit(Place(call.anchor, call.arguments_relative), "")
    return DocumentFix("Give it the class itself", (edit,))


def _tools(call: Call, api: Api) -> Iterator[Finding]:
    parameters = [p.name for p in api.parameters]
    position = parameters.index("tools")
    keyword_only = api.parameters[position].kind == "keyword_only"
    argument = call.argument("tools", None if keyword_only else position)
    if argument is None:
        return
    value = argument.value
    if isinstance(value, FunctionValue):
        yield TOOLS.at(
            edits.value_place(argument),
            f"`tools` of `{call.api}` is a list: TypeError when the line runs.",
            fixes=(edits.wrap(argument, "[", "]", "Put it in a list"),),
        )
    elif isinstance(value, StringValue):
        yield TOOLS.at(
            edits.value_place(argument),
            f"`tools` of `{call.api}` is a list of functions, not a string.",
        )
    elif isinstance(value, MappingValue):
        yield TOOLS.at(
            edits.value_place(argument),
            f"`tools` of `{call.api}` is a list, and this is a dict: it raises when the line runs. "
            "Write `[function, …]`; `dspy.Tool(function, name=…)` gives another name.",
        )
    elif argument.value_kind == "none" and api.parameters[position].required:
        yield TOOLS.at(
            edits.value_place(argument),
            f"`tools` of `{call.api}` is a list: TypeError when the line runs. Without tools write "
            "`[]`.",
            fixes=(edits.replace(edits.value_place(argument), "[]", "Write `[]`"),),
        )
    elif isinstance(value, SequenceValue) and value.items is not None:
        yield from _tool_names(call, api, argument, value.items)
        for item in value.items:
            if isinstance(item, StringValue | PredictionValue) or (
                isinstance(item, ConstantValue) and not callable(item.value)
            ):
                yield TOOLS.at(
                    edits.value_place(argument),
                    f"`tools` of `{call.api}` holds something that cannot be called: it raises "
                    "when the line runs. Give it the functions themselves.",
                )
                break


def _tool_names(
    call: Call, api: Api, argument: Argument, items: tuple[Value, ...]
) -> Iterator[Finding]:
    """Functions that RLM calls itself by that name, and what CodeAct cannot read the source of."""
    for item in items:
        if call.api == "RLM" and isinstance(item, FunctionValue):
            name = item.function.name
            if name in api.reserved_inputs:
                yield TOOLS.at(
                    edits.value_place(argument),
                    f"`RLM` has a function `{name}` of its own and raises ValueError. Rename yours, "
                    f'or write `dspy.Tool({name}, name="…")`.',
                )
        elif (
            call.api == "CodeAct"
            and isinstance(item, InstanceValue)
            and item.definition.kind == "plain"
        ):
            yield TOOLS.at(
                edits.value_place(argument),
                "`CodeAct` takes functions only, no callable objects: ValueError when the line runs.",
            )


def check_lm(unit: Unit, surroundings: Surroundings) -> Iterator[Finding]:
    """`dspy.configure(lm="openai/gpt-4o-mini")` and the same at a predictor's call."""
    for call in unit.calls:
        if not call.sure:
            continue
        configures = call.kind == "api" and call.api in LM_TAKERS
        predicts = call.kind == "predictor" and call.method in {"__call__", "acall"}
        if not configures and not predicts:
            continue
        argument = call.keywords.get("lm")
        if argument is None or argument.value_kind != "string":
            continue
        if predicts and _has_input(call, "lm"):
            continue
        spelled = edits.spelled(call, "LM", surroundings)
        fix = (
            edits.wrap(argument, f"{spelled}(", ")", f"Wrap it in `{spelled}`") if spelled else None
        )
        yield LM_AS_STRING.at(
            edits.value_place(argument),
            "This is the name of an LM, not an LM: predictors raise when they are called. "
            "Write `dspy.LM(…)` around it.",
            fixes=(fix,),
        )


def _has_input(call: Call, name: str) -> bool:
    signature = call.predictor.effective if call.predictor is not None else None
    return signature is None or any(field.name == name for field in signature.inputs)


FAMILY = Family(
    "Kinds of arguments",
    (MODULE_EXPECTED, TOOLS, SIGNATURE_EXPECTED, LM_AS_STRING),
    (check_kinds, check_lm),
)
