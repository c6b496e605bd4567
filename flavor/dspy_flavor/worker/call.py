"""Calls a program once, for a person: its answer, its time, its tokens."""

import time
from typing import Any

from dspy_flavor.jsonable import jsonable
from dspy_flavor.redact import redact

from .build import build, make_plan, user_failure
from .job import Channel, JobError
from .known import known_credentials
from .store import choose_store, store_failures


def run(params: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """Call a program of a file, or a logged model."""
    from dspy_flavor.interface import interface_of, type_name

    program, path, line = _program(params, channel)
    fields = interface_of(program).inputs
    if params.get("inputs") is None:
        return {
            "fields": [
                {"name": f.name, "type": type_name(f.annotation), "required": f.required}
                for f in fields
            ]
        }
    missing = [f.name for f in fields if f.required and f.name not in params["inputs"]]
    if missing:
        raise JobError(
            "refused",
            f"{path}: the program needs {', '.join(f'`{name}`' for name in missing)}."
            " Pass a value for each in `inputs`.",
            {"parameters": missing, "path": path},
        )
    channel.progress("Calling the program")
    channel.note(line=line)
    return _called(program, params["inputs"], path, line, channel)


def _program(params: dict[str, Any], channel: Channel) -> tuple[Any, str, int]:
    if params.get("model_uri"):
        from dspy_flavor.load import load_model

        uri = params["model_uri"]
        store = choose_store(params["settings"])
        channel.progress("Loading the model")
        with store_failures(store, params["settings"]):
            return load_model(uri), uri, 1
    channel.progress("Reading the file")
    made = make_plan(params)
    return build(made, params, channel), params["subject"]["path"], made.line


def _called(
    program: Any, inputs: dict[str, Any], path: str, line: int, channel: Channel
) -> dict[str, Any]:
    import dspy

    began = time.monotonic()
    try:
        with dspy.context(track_usage=True):
            answer = program(**inputs)
    except MemoryError:
        raise
    except BaseException as error:
        raise user_failure(error, path, line, "answering") from error
    seconds = round(time.monotonic() - began, 3)
    outputs = dict(answer.items()) if isinstance(answer, dspy.Prediction) else {"output": answer}
    outputs = {key: jsonable(value) for key, value in outputs.items()}
    secrets = known_credentials()
    for key, value in outputs.items():
        text = value if isinstance(value, str) else repr(value)
        channel.piece(key, redact(text, secrets))
    usage = answer.get_lm_usage() if isinstance(answer, dspy.Prediction) else None
    return {"outputs": outputs, "seconds": seconds, "usage": jsonable(usage), "trace_id": None}
