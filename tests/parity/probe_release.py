"""Prints what the dspy release of this environment does with names, frames and modules, as JSON."""

# ruff: noqa: PTH118, PTH120, SIM105, PERF203 - small, and run by other Pythons

import builtins
import importlib
import inspect
import json
import os
import sys
import typing
import warnings

warnings.simplefilter("ignore")
os.environ.setdefault("DSP_CACHEDIR", os.path.join(os.path.dirname(sys.executable), "cache"))
import logging

logging.disable(logging.CRITICAL)
import dspy
import pydantic
from describe import describe, describe_module
from dspy.signatures import signature as signature_module


def tool(x: int) -> int:
    """A tool."""
    return x


NEEDS_TOOLS = {"ReAct", "ReActV2", "CodeAct"}
STRING_APIS = [
    "Signature", "ensure_signature", "make_signature", "Predict", "ChainOfThought", "ChainOfThoughtWithHint",
    "ReAct", "ReActV2", "ProgramOfThought", "CodeAct", "MultiChainComparison", "RLM", "Flex",
]  # fmt: skip
MODULE_APIS = ["BestOfN", "Refine", "Parallel", "KNN", "Retry", "Ensemble"]
# What the prediction of each module holds beyond the declared outputs: read off its forward().
RESULTS = {
    "ReAct": lambda m: {"trajectory": dict, **types_of(m.extract.predict.signature.output_fields)},
    "ReActV2": lambda m: {
        **types_of(m.signature.output_fields), "history": dspy.History, "termination_reason": str,
    },
    "ProgramOfThought": lambda m: types_of(
        (getattr(m, "generate_output", None) or m.generate_answer).predict.signature.output_fields
    ),
    "CodeAct": lambda m: {"trajectory": dict, **types_of(m.extractor.predict.signature.output_fields)},
    "ChainOfThought": lambda m: types_of(m.predict.signature.output_fields),
    "MultiChainComparison": lambda m: types_of(m.predict.signature.output_fields),
    "RLM": lambda m: {
        **types_of(m.signature.output_fields), "trajectory": list, "final_reasoning": str,
    },
}  # fmt: skip


def types_of(fields):
    return {name: field.annotation for name, field in fields.items()}


def find(name):
    if name in {"ensure_signature", "make_signature"}:
        return getattr(signature_module, name)
    return getattr(dspy, name, None)


def construct(name, text):
    api = find(name)
    if name in NEEDS_TOOLS:
        return api(text, tools=[tool])
    return api(text)


def parameters(api):
    target = api.__init__ if inspect.isclass(api) else api
    if api is dspy.Signature:
        target = signature_module.make_signature
    rows = []
    for parameter in inspect.signature(target).parameters.values():
        if parameter.name in {"self", "cls"}:
            continue
        default = parameter.default
        rows.append(
            {
                "name": parameter.name,
                "kind": parameter.kind.name.lower(),
                "required": default is parameter.empty
                and parameter.kind not in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL),
                "default": None if default is parameter.empty else repr(default)[:60],
            }
        )
    return rows


def frames(name):
    """What stands in DSPy's own frames between the search for types and the user's frame."""
    found = {}

    def walk(_text):
        # Only the first search decides: a name that it misses is an error before the second.
        if found:
            return original(_text)
        frame = sys._getframe(1)
        while frame and not frame.f_globals.get("the_users_frame"):
            for namespace in (frame.f_locals, frame.f_globals):
                for key, value in namespace.items():
                    if key not in vars(builtins) and key not in vars(typing):
                        found.setdefault(key, describe(value))
            frame = frame.f_back
        return original(_text)

    metaclass = signature_module.SignatureMeta
    original = metaclass._detect_custom_types_from_caller
    metaclass._detect_custom_types_from_caller = staticmethod(walk)
    try:
        namespace = {"the_users_frame": True, "construct_it": find(name), "tool": tool}
        tools = ", tools=[tool]" if name in NEEDS_TOOLS else ""
        exec(f"construct_it('question -> answer'{tools})", namespace)
    finally:
        metaclass._detect_custom_types_from_caller = staticmethod(original)
    return {key: text for key, text in found.items() if not key.startswith("__")}


def attempt(name, text):
    """The error that the API raises for the string, or the fields it makes of it."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            made = construct(name, text)
        except Exception as error:
            return type(error).__name__, str(error).splitlines()[0][:200], []
    return None, made, [str(w.message) for w in caught if issubclass(w.category, UserWarning)]


# The modules whose names a signature string can sensibly reach into.
MODULES = {
    "dspy", "dspy.adapters", "dspy.experimental", "dspy.predict", "dspy.primitives", "dspy.clients",
    "pydantic", "typing_extensions", "numpy", "pandas", "annotated_types",
}  # fmt: skip
CANDIDATES = sorted(
    {
        *dir(dspy.Signature), *dir(type(dspy.Signature)), *dir(pydantic.BaseModel), *dir(dspy.Prediction),
        *inspect.signature(pydantic.create_model).parameters, *vars(builtins), *dir(dspy.Module), *dir(dspy.Predict),
        "history", "tools", "termination_reason", "trajectory", "reasoning", "rationale", "next_thought",
        "next_tool_name", "next_tool_args", "tool_calls", "finished", "generated_code", "observation", "final_answer",
        "llm_query", "llm_query_batched", "SUBMIT", "final_reasoning", "interpreter_factory", "interpreter", "dspy",
        "max_iters", "max_iterations", "variables_info", "repl_history", "iteration", "code", "code_output",
        "previous_code", "error", "hint", "completions", "signature_name", "custom_types", "names", "tool", "submit",
        "reasoning_attempt_1", "model_extra", "model_x", "model_dump_x", "model_validate_x", "_", "__x__", "__x",
        "config", "lm", "demos", "new_signature", "prediction", "self", "cls", "inputs", "labels", "dump_state",
    }
)  # fmt: skip


def field_names():
    """Names that a plain Signature rejects, drops or warns about, by trying each."""
    rejected, dropped, warned = {}, [], []
    class_variables, finals = {}, []
    for name in CANDIDATES:
        if not name.isidentifier():
            continue
        error, made, warnings_ = attempt("Signature", f"{name} -> zzz")
        if error == "SyntaxError":
            continue
        if error:
            if is_telling(name, error):
                rejected[name] = error
                if attempt("Signature", f"{name}: Final -> zzz")[0] is None:
                    finals.append(name)
        elif name not in made.input_fields:
            dropped.append(name)
        elif warnings_:
            warned.append(name)
        error = attempt("Signature", f"{name}: ClassVar -> zzz")[0]
        if error and is_telling(name, error):
            class_variables[name] = error
    return {
        "rejected": rejected,
        "dropped": dropped,
        "warned": warned,
        "rejected_class_variables": class_variables,
        "dropped_finals": finals,
    }


def is_telling(name, error):
    """Whether it is this name that is rejected, not any with an underscore before it."""
    return not name.startswith("_") or error != "PydanticUserError"


def reserved(name, names):
    """Names that this API rejects although a plain Signature accepts them, and those it takes over."""
    inputs, outputs, replaced = [], [], []
    for candidate in CANDIDATES:
        if (
            not candidate.isidentifier()
            or candidate.startswith("_")
            or candidate in names["rejected"]
        ):
            continue
        if attempt("Signature", f"{candidate} -> zzz")[0]:
            continue
        error, made, _ = attempt(name, f"{candidate} -> zzz")
        if error:
            inputs.append(candidate)
        elif name in RESULTS and candidate in RESULTS[name](made):
            replaced.append(candidate)
        if attempt(name, f"zzz -> {candidate}")[0]:
            outputs.append(candidate)
    return {"inputs": inputs, "outputs": outputs, "replaced": replaced}


def repr_type(annotation):
    text = describe(annotation)
    return (
        text.split("|")[1]
        if text[0] in "+-" and not hasattr(annotation, "__args__")
        else repr(annotation)
    )


def main():
    # Not dspy's own: what `import dspy` leaves out is no attribute in a user's program either.
    for name in sorted(name for name in MODULES if not name.startswith("dspy")):
        try:
            importlib.import_module(name)
        except ImportError:
            pass
    names = field_names()
    apis = {}
    for name in STRING_APIS + MODULE_APIS:
        api = find(name)
        if api is None:
            continue
        row = {
            "parameters": parameters(api),
            "takes": "string" if name in STRING_APIS else "module",
        }
        if name in STRING_APIS:
            row["frames"] = frames(name)
            row["reserved"] = (
                reserved(name, names) if name[0].isupper() and name != "Signature" else {}
            )
            if name in RESULTS:
                results = RESULTS[name](construct(name, "question -> answer"))
                row["results"] = [[key, repr_type(value)] for key, value in results.items()]
        apis[name] = row
    base = apis["Signature"]["frames"]
    for name, row in apis.items():
        if name != "Signature" and "frames" in row:
            row["frames"] = {k: v for k, v in row["frames"].items() if base.get(k) != v}
    modules = {
        name: {
            key: text for key, text in describe_module(module).items() if not key.startswith("_")
        }
        for name, module in sorted(sys.modules.items())
        if name in MODULES or name.startswith(("dspy.signatures", "dspy.adapters.types"))
    }
    json.dump(
        {
            "dspy": dspy.__version__,
            "pydantic": pydantic.VERSION,
            "python": f"{sys.version_info.major}.{sys.version_info.minor}",
            "features": {
                "union_operator": attempt("Signature", "a: int | str -> b")[0] is None,
                "overlap": attempt("Signature", "a -> a")[0] is None,
                "dotted": attempt("Signature", "a: datetime.date -> b")[0] is None,
            },
            "field_names": names,
            "signature_attributes": sorted(
                n
                for n in {*dir(dspy.Signature), *dir(type(dspy.Signature))}
                if not n.startswith("__")
            ),
            "prediction_attributes": sorted(
                n for n in dir(dspy.Prediction) if not n.startswith("_")
            ),
            "apis": apis,
            "modules": modules,
        },
        sys.stdout,
    )


main()
