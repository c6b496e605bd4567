"""Signatures used as if they were objects: called, or asked for attributes that they do not have."""

from __future__ import annotations

from collections.abc import Iterator

from dspy_language_server.program.model import (
    Call,
    ClassDefinition,
    ClassValue,
    InstanceValue,
    NameUse,
    Signature,
    SignatureField,
    SignatureValue,
    Unit,
)
from dspy_language_server.rules import edits
from dspy_language_server.rules.finding import DocumentEdit, DocumentFix, Finding, Place
from dspy_language_server.rules.nearest import listed, nearest
from dspy_language_server.rules.rule import Family, Rule, Surroundings
from dspy_language_server.signature.model import Role, Severity

CALLED = Rule(
    "DSP327",
    "signature-called",
    Severity.ERROR,
    "A signature is called: that makes an instance, which needs a value for every field.",
)
UNKNOWN_ATTRIBUTE = Rule(
    "DSP330", "unknown-signature-attribute", Severity.ERROR, "A signature has no such attribute."
)
# A field under another name: what an instance is made of cannot be told.
RENAMING = frozenset({"alias", "validation_alias"})


def check_calls(unit: Unit, surroundings: Surroundings) -> Iterator[Finding]:
    """`Answer()` where the class itself is meant, `Answer(question="…")` where a predictor is."""
    judged_elsewhere = set(_given_to_modules(unit))
    for call in unit.calls:
        if not call.sure or call.broken or id(call) in judged_elsewhere:
            continue
        signature = _called(call)
        if signature is None or _has_its_own_rules(signature):
            continue
        fixes = (_uncalled(call), _through_predict(call, signature, surroundings))
        if call.positional:
            yield CALLED.at(
                edits.callee_name(call),
                "A signature takes no positional arguments: TypeError when the line runs. Give the "
                "signature itself to a module, e.g. `dspy.Predict(…)`, and call that.",
                fixes=fixes,
            )
            continue
        missing = lacking(call)
        if missing and signature.complete and not call.open_ended:
            yield CALLED.at(
                edits.callee_name(call),
                f"This makes an instance, which needs a value for {listed(missing)}: ValidationError "
                "when the line runs. Give the signature itself, without `()`, to a module, e.g. "
                "`dspy.Predict(…)`, and call that.",
                fixes=fixes,
                data={"missing": missing},
            )


def _given_to_modules(unit: Unit) -> Iterator[int]:
    """The calls that stand where a module wants a signature: DSP408 speaks of them."""
    for call in unit.calls:
        argument = call.argument("signature", 0) if call.kind == "api" else None
        if argument is not None and isinstance(argument.value, InstanceValue):
            made = argument.value.call
            if made is not None and made.span == argument.value_span:
                yield id(made)


def lacking(call: Call) -> list[str]:
    """The fields that the call of a signature must give, and does not."""
    signature = _called(call)
    fields = () if signature is None else signature.fields
    return [f.name for f in fields if _is_required(f) and f.name not in call.keywords]


def _called(call: Call) -> Signature | None:
    if call.kind == "class" and call.definition is not None:
        return call.definition.signature
    if call.kind == "signature" and call.method == "__call__":
        return call.receiver.signature if isinstance(call.receiver, SignatureValue) else None
    return None


def _has_its_own_rules(signature: Signature) -> bool:
    """Whether a class makes its instances itself, or takes its fields under other names."""
    if any(f.call is not None and RENAMING & f.call.keywords.keys() for f in signature.fields):
        return True
    definition = signature.definition
    return definition is not None and any(
        "__init__" in each.methods or "__new__" in each.methods for each in _ancestry(definition)
    )


def _ancestry(definition: ClassDefinition, depth: int = 0) -> Iterator[ClassDefinition]:
    yield definition
    for base in definition.bases if depth < 20 else ():
        if isinstance(base, ClassValue):
            yield from _ancestry(base.definition, depth + 1)


def _is_required(field: SignatureField) -> bool:
    given = field.call.keywords if field.call is not None and field.origin != "string" else {}
    open_ended = field.call is not None and field.origin != "string" and field.call.open_ended
    return not open_ended and "default" not in given and "default_factory" not in given


def _uncalled(call: Call) -> DocumentFix | None:
    if call.arguments:
        return None
    edit = DocumentEdit(Place(call.anchor, call.arguments_relative), "")
    return DocumentFix("Name the signature itself", (edit,), preferred=False)


def _through_predict(
    call: Call, signature: Signature, surroundings: Surroundings
) -> DocumentFix | None:
    """`Answer(question="…")` → `dspy.Predict(Answer)(question="…")`."""
    inputs = {field.name for field in signature.inputs}
    if not call.keywords or call.positional or not call.keywords.keys() <= inputs:
        return None
    spelled = edits.spelled_anywhere("Predict", surroundings)
    if spelled is None:
        return None
    callee = Place(call.anchor, call.callee_relative)
    name = surroundings.slice(call.callee_span)
    return edits.replace(
        callee, f"{spelled}({name})", f"Call it through `{spelled}`", preferred=False
    )


def check_attributes(unit: Unit, surroundings: Surroundings) -> Iterator[Finding]:
    """`Answer.with_updated_field(...)`, `Answer.question`."""
    for use in unit.names:
        if use.binding or use.text.startswith("__"):
            continue
        signature = _signature_of(use)
        if signature is None or use.text in surroundings.dialect.signature_attributes:
            continue
        own = _own_names(signature)
        field = signature.field(use.text)
        if own is None or (use.text in own and field is None):
            continue
        if not signature.complete and field is None and signature.kind != "derived":
            continue  # A class whose body binds names that are not known.
        if _guarded(unit, surroundings) or surroundings.program.stores(use.text):
            continue
        yield _unknown(use, field, surroundings)


def _signature_of(use: NameUse) -> Signature | None:
    receiver = use.receiver
    if isinstance(receiver, SignatureValue):
        return receiver.signature
    if isinstance(receiver, ClassValue) and receiver.definition.kind == "signature":
        return receiver.definition.signature
    return None


def _own_names(signature: Signature) -> set[str] | None:
    """What the class and its bases in the workspace bind; None where a base or decorator is unknown."""
    if signature.definition is None or signature.kind == "derived":
        return set()
    names: set[str] = set()
    for definition in _ancestry(signature.definition):
        if not definition.complete_bases or definition.source is None:
            return None
        if definition.source.decorators:
            return None
        names.update(definition.source.attributes)
        names.update(definition.methods)
    return names


def _guarded(unit: Unit, surroundings: Surroundings) -> bool:
    """Whether the code around asks first: `hasattr(…)`, `except AttributeError`."""
    text = surroundings.slice(unit.span)
    return "hasattr(" in text or "AttributeError" in text


def _unknown(use: NameUse, field: SignatureField | None, surroundings: Surroundings) -> Finding:
    place = Place(use.anchor, use.relative)
    if field is not None:
        side = "input_fields" if field.role is Role.INPUT else "output_fields"
        return UNKNOWN_ATTRIBUTE.at(
            place,
            f"A signature's fields are no attributes of it: AttributeError when the line runs. "
            f'Write `{side}["{use.text}"]`.',
            fixes=(edits.replace(place, f'{side}["{use.text}"]', f"Write `{side}[…]`"),),
            data={"name": use.text},
        )
    meant = nearest(use.text, [n for n in surroundings.dialect.signature_attributes if n[0] != "_"])
    hint = f" Did you mean `{meant}`?" if meant else ""
    return UNKNOWN_ATTRIBUTE.at(
        place,
        f"A signature has no `{use.text}`: AttributeError when the line runs.{hint}",
        fixes=(edits.replace(place, meant, f"Write `{meant}`") if meant else None,),
        data={"name": use.text, "nearest": meant},
    )


FAMILY = Family(
    "Signatures as objects", (CALLED, UNKNOWN_ATTRIBUTE), (check_calls, check_attributes)
)
