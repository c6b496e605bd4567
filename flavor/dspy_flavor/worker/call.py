"""Calls a program once, for a person: its answer as it arrives, its time, its tokens, its trace."""

import asyncio
import re
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dspy_flavor.jsonable import jsonable
from dspy_flavor.redact import redact

from .build import build, make_plan, user_failure
from .dotenvs import load_dotenv_of
from .job import Channel, JobError
from .known import known_credentials
from .pieces import Pieces
from .places import shown_file
from .store import choose_store, store_failures
from .trace import Tracing
from .versions import code_of_model

_NO_STREAM = "LMStreamAssemblyError"
"""What DSPy raises where an endpoint was asked for a stream and sent something else."""
_NO_METHOD = re.compile(r"has no attribute 'a?stream'")


def run(params: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """Call a program of a file, or a logged model."""
    from dspy_flavor.interface import interface_of, type_name

    subject = _subject(params, channel)
    interface = interface_of(subject.program)
    given = params.get("inputs")
    if given is None:
        fields = [
            {"name": f.name, "type": type_name(f.annotation), "required": f.required}
            for f in interface.inputs
        ]
        channel.progress("Waiting for the inputs")
        given = channel.ask(fields=fields)["inputs"]
    inputs = _arguments(given, interface, subject.title)
    tracing = Tracing(params, channel, subject.experiment)
    channel.progress("Calling the program")
    channel.note(line=subject.line)
    try:
        called = _called(subject.program, inputs, channel)
    except (JobError, MemoryError):
        raise
    except BaseException as error:
        if subject.line is None:
            raise _failure_of_model(error, subject.title) from error
        raise user_failure(error, params, subject.line, "answering") from error
    return {**called, **tracing.finish()}


@dataclass(frozen=True)
class _Subject:
    """What is called."""

    program: Any
    title: str
    """The file as messages name it, or the model's URI."""
    line: int | None
    """Where it begins in the file; None for a logged model."""
    experiment: str | None
    """The experiment that the file chooses."""


def _subject(params: dict[str, Any], channel: Channel) -> _Subject:
    if params.get("model_uri"):
        return _logged(params, channel)
    channel.progress("Reading the file")
    made = make_plan(params)
    program = build(made, params, channel)
    return _Subject(program, shown_file(params), made.line, made.experiment)


def _logged(params: dict[str, Any], channel: Channel) -> _Subject:
    """Load a logged model, in the environment that its code would have in the workspace."""
    from dspy_flavor.load import load_model

    uri = params["model_uri"]
    store = choose_store(params["settings"])
    channel.progress("Loading the model")
    with store_failures(store, params["settings"]):
        file = (params.get("subject") or {}).get("path")
        folder = Path(file).parent if file else Path(params["settings"]["root"])
        load_dotenv_of(code_of_model(uri), folder)
        return _Subject(load_model(uri), uri, None, None)


def _failure_of_model(error: BaseException, uri: str) -> JobError:
    traceback.print_exception(error)
    what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return JobError("program", f"{uri}, while answering: {what}")


def _arguments(given: dict[str, Any], interface: Any, title: str) -> dict[str, Any]:
    """Return the inputs in the types that the program declares."""
    from mlflow.exceptions import MlflowException

    from dspy_flavor.rows import arguments_for

    try:
        return arguments_for(given, interface, "")
    except MlflowException as error:
        needed = [f.name for f in interface.required if f.name not in given]
        text = f"{title}: {error.message} Pass a value for each in `inputs`."
        raise JobError("refused", text, {"parameters": needed}) from error


def _called(program: Any, inputs: dict[str, Any], channel: Channel) -> dict[str, Any]:
    import dspy
    from dspy.utils.usage_tracker import track_usage

    called = _Called(program)
    began = time.monotonic()
    with track_usage() as usage:
        answer = called.answer(inputs, channel)
    seconds = round(time.monotonic() - began, 3)
    outputs = dict(answer.items()) if isinstance(answer, dspy.Prediction) else {"output": answer}
    outputs = {key: jsonable(value) for key, value in outputs.items()}
    secrets = known_credentials()
    for key, value in outputs.items():
        if key not in called.streamed:
            text = value if isinstance(value, str) else repr(value)
            channel.piece(key, redact(text, secrets))
    return {"outputs": outputs, "seconds": seconds, "usage": jsonable(usage.get_total_tokens())}


def _cannot_stream(error: BaseException) -> bool:
    """Whether a call failed because the endpoint, or the engine of a custom LM, has no stream.

    DSPy turns what an engine raises into an error of its own, of which only the words are left.
    """
    return type(error).__name__ == _NO_STREAM or _NO_METHOD.search(str(error)) is not None


class _Called:
    """A program as `dspy.streamify` takes it; unlike there, it may answer with anything."""

    def __init__(self, program: Any) -> None:
        self._program = program
        self._answer: Any = None
        self.streamed: set[str] = set()
        """The outputs that came in pieces."""
        cls = type(program)
        self._is_async = not hasattr(cls, "forward") and hasattr(cls, "aforward")

    def named_predictors(self) -> Any:
        """Return the program's predictors: chunks are told apart by them."""
        return self._program.named_predictors()

    def __call__(self, **inputs: Any) -> Any:
        """Call the program, and keep what it answers."""
        self._answer = self._program(**inputs)
        return self._as_prediction()

    async def acall(self, **inputs: Any) -> Any:
        """Call a program that only answers asynchronously."""
        self._answer = await self._program.acall(**inputs)
        return self._as_prediction()

    def _as_prediction(self) -> Any:
        import dspy

        # Streaming ends with a Prediction, and waits for ever where none comes.
        is_one = isinstance(self._answer, dspy.Prediction)
        return self._answer if is_one else dspy.Prediction(output=None)

    def answer(self, inputs: dict[str, Any], channel: Channel) -> Any:
        """Return the program's answer; its pieces are told as they arrive."""
        from dspy_flavor.streaming import listeners

        wanted = listeners(self._program, None)
        if wanted:
            try:
                return self._streamed(inputs, wanted, channel)
            except Exception as error:
                if self.streamed or not _cannot_stream(error):
                    raise
                channel.progress("The language model does not stream: asking for the whole answer")
        if self._is_async:
            return asyncio.run(self._program.acall(**inputs))
        return self._program(**inputs)

    def _streamed(self, inputs: dict[str, Any], wanted: list[Any], channel: Channel) -> Any:
        import dspy

        stream = dspy.streamify(
            self,
            stream_listeners=wanted,
            is_async_program=self._is_async,
            async_streaming=False,
        )
        pieces = Pieces(channel)
        self.streamed = pieces.fields
        for piece in stream(**inputs):
            if hasattr(piece, "chunk") and hasattr(piece, "signature_field_name"):
                pieces.add(piece.signature_field_name, piece.chunk)
            elif isinstance(getattr(piece, "message", None), str):
                channel.progress(piece.message)
        pieces.finish()
        return self._answer
