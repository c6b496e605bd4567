"""Predictions piece by piece, as the language model writes them."""

import contextvars
from collections.abc import Callable, Iterator
from dataclasses import asdict, is_dataclass
from typing import Any

from .interface import is_async_only
from .jsonable import jsonable


def stream(
    program: Any,
    arguments: tuple[Any, ...],
    keywords: dict[str, Any],
    *,
    settings: dict[str, Any],
    names: tuple[str, ...] | None,
    explain: Callable[[Exception], tuple[Exception, BaseException | None]],
) -> Iterator[dict[str, Any]]:
    """Yield the chunks of the string outputs; one that did not stream comes whole at the end.

    Args:
        program: The module to call.
        arguments: Its positional arguments.
        keywords: Its keyword arguments.
        settings: What holds while it runs.
        names: The outputs to yield; all strings where None.
        explain: Makes an error for people of one from the program, and says what may be seen of
            its cause.

    Settings hold while the program runs and not in the caller's code between two chunks: each
    step is taken in a context of its own.
    """
    import dspy

    context = contextvars.copy_context()
    iterator = _pieces(program, arguments, keywords, names)
    streamed: set[str] = set()

    def step() -> Any:
        with dspy.context(**settings):
            return next(iterator, None)

    while True:
        try:
            piece = context.run(step)
        except Exception as error:  # noqa: BLE001 - a program may raise anything
            explained, cause = explain(error)
            raise explained from cause
        if piece is None:
            return
        if is_dataclass(piece) and not isinstance(piece, type) and hasattr(piece, "chunk"):
            streamed.add(piece.signature_field_name)  # type: ignore[attr-defined]
            yield asdict(piece)
        elif hasattr(piece, "items"):
            yield from _rest(piece, streamed, names)


def _pieces(
    program: Any,
    arguments: tuple[Any, ...],
    keywords: dict[str, Any],
    names: tuple[str, ...] | None,
) -> Iterator[Any]:
    import dspy

    streamer = dspy.streamify(
        program,
        stream_listeners=listeners(program, names),
        is_async_program=is_async_only(program),
        async_streaming=False,
        include_final_prediction_in_output_stream=True,
    )
    yield from streamer(*arguments, **keywords)


def listeners(program: Any, names: tuple[str, ...] | None) -> list[Any]:
    """Listen to each string output of the predictor that writes it last."""
    import dspy
    from dspy.streaming import StreamListener

    last: dict[str, tuple[str, Any]] = {}
    for name, predictor in program.named_predictors():
        for field, info in predictor.signature.output_fields.items():
            if info.annotation is str and (names is None or field in names):
                last[field] = (name, predictor)
    single = isinstance(program, dspy.Predict)
    return [
        StreamListener(field)
        if single
        else StreamListener(field, predict=predictor, predict_name=name)
        for field, (name, predictor) in last.items()
    ]


def is_streamable(program: Any) -> bool:
    """Whether any output is a string that a predictor writes."""
    return any(
        info.annotation is str
        for predictor in program.predictors()
        for info in predictor.signature.output_fields.values()
    )


def _rest(
    prediction: Any, streamed: set[str], names: tuple[str, ...] | None
) -> Iterator[dict[str, Any]]:
    """Yield the string outputs of which no chunk came: cached answers do not stream."""
    for name, value in prediction.items():
        plain = jsonable(value)
        wanted = names is None or name in names
        if wanted and name not in streamed and isinstance(plain, str):
            yield {
                "predict_name": "self",
                "signature_field_name": name,
                "chunk": plain,
                "is_last_chunk": True,
            }
