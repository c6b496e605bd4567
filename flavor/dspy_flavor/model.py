"""The pyfunc model: a program that answers one row or many with plain values."""

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Any

from . import chat, streaming
from .credentials import SHORTEST, environment_secrets
from .errors import failed
from .interface import Interface, interface_of, is_async_only
from .jsonable import jsonable
from .lm import secrets_of
from .overrides import Options, options_from, with_lm_overrides, with_program_overrides
from .parallel import DEFAULT_THREADS, run_in_order
from .redact import redact
from .rows import arguments_for, in_spark_worker, rows_of
from .settings import applied, overrides


class ProgramModel:
    """What `mlflow.pyfunc` calls.

    Attributes:
        model: The `dspy.Module`.
        dspy_settings: The settings kept with it.
        model_config: Options for every prediction, as `params` takes them.
    """

    def __init__(
        self,
        model: Any,
        dspy_settings: dict[str, Any],
        model_config: dict[str, Any] | None = None,
        task: str | None = None,
        missing: tuple[str, ...] = (),
    ) -> None:
        self.model = model
        self.dspy_settings = dspy_settings
        self.model_config = model_config or {}
        self._task = task
        self._missing = missing
        self._interface: Interface = interface_of(model)

    def get_raw_model(self) -> Any:
        """Return the program itself."""
        return self.model

    def predict(self, model_input: Any, params: dict[str, Any] | None = None) -> Any:
        """Answer one input by one prediction, and a batch by a list of them.

        Args:
            model_input: A string, a dict, a list of either, a frame, a series or an array.
            params: `num_threads`, `on_error` ("raise", or "return" an error in the row's place)
                and arguments of the language model such as `temperature`.
        """
        options = options_from(self.model_config, params)
        rows, many = (chat.rows_of if self._task else rows_of)(model_input)
        answers = self._answer(rows, options)
        if many and in_spark_worker() and not self._task:
            return _frame(answers)
        return answers if many else answers[0]

    async def apredict(self, model_input: Any, params: dict[str, Any] | None = None) -> Any:
        """Answer as `predict` does, without holding up the event loop."""
        return await asyncio.to_thread(self.predict, model_input, params)

    def predict_stream(
        self, model_input: Any, params: dict[str, Any] | None = None
    ) -> Iterator[dict[str, Any]]:
        """Answer one input piece by piece, as the language model writes.

        Yields:
            Of each string output its chunks, with `predict_name`, `signature_field_name`,
            `chunk` and `is_last_chunk`; of a chat model OpenAI's `chat.completion.chunk`.
        """
        options = options_from(self.model_config, params)
        rows, _ = (chat.rows_of if self._task else rows_of)(model_input)
        program, saved, enclosing = self._prepared(options)
        if self._task:
            arguments, keywords = chat.arguments_for(rows[0], program, self._interface)
        else:
            arguments, keywords = self._arguments(rows[0], "")
        chunks = streaming.stream(
            program,
            arguments,
            keywords,
            settings={**saved, **enclosing},
            names=self._streamed_outputs(),
            explain=lambda error: (self._explain(error), self._shown(error)),
        )
        return chat.chunks(chunks, self._lm_name(saved)) if self._task else chunks

    def _answer(self, rows: list[Any], options: Options) -> list[Any]:
        program, saved, enclosing = self._prepared(options)
        threads = options.num_threads or saved.get("num_threads") or DEFAULT_THREADS

        def answer(position: int, row: Any) -> Any:
            where = f"Row {position}: " if len(rows) > 1 else ""
            try:
                with applied(saved, enclosing):
                    return self._answer_row(program, row, where)
            except Exception as error:  # noqa: BLE001 - a program may raise anything
                if options.on_error == "return":
                    return self._error_in_place(error, where, position)
                raise self._explain(error, where) from self._shown(error)

        return run_in_order(answer, rows, threads)

    def _answer_row(self, program: Any, row: Any, where: str) -> Any:
        if self._task:
            arguments, keywords = chat.arguments_for(row, program, self._interface)
            return chat.completion(_called(program, arguments, keywords), self._lm_name({}))
        arguments, keywords = self._arguments(row, where)
        return jsonable(_called(program, arguments, keywords))

    def _arguments(self, row: Any, where: str) -> tuple[tuple[Any, ...], dict[str, Any]]:
        bare = not isinstance(row, dict)
        if bare and self._interface.is_open and not self._interface.inputs:
            return (row,), {}
        keywords = arguments_for(row, self._interface, where)
        by_place = [name for name in self._interface.positional if name in keywords]
        return tuple(keywords.pop(name) for name in by_place), keywords

    def _streamed_outputs(self) -> tuple[str, ...] | None:
        """Return the outputs that are streamed: all strings; of a chat model its last one."""
        if self._interface.outputs is None:
            return None
        names = tuple(field.name for field in self._interface.outputs if field.annotation is str)
        return names[-1:] if self._task else names

    def _prepared(self, options: Options) -> tuple[Any, dict[str, Any], dict[str, Any]]:
        """Return program, saved settings and the caller's, with the options' overrides in them."""
        import dspy

        enclosing = overrides()
        saved = dict(self.dspy_settings)
        if options.lm:
            lm = enclosing.get("lm") or saved.get("lm") or dspy.settings.lm
            enclosing = {**enclosing, "lm": with_lm_overrides(lm, options.lm)}
        return with_program_overrides(self.model, options.lm), saved, enclosing

    def _lm_name(self, saved: dict[str, Any]) -> str:
        import dspy

        lm = saved.get("lm") or dspy.settings.lm
        return str(getattr(lm, "model", "dspy"))

    def _explain(self, error: Exception, where: str = "") -> Exception:
        """Say which row failed and why; name the credentials that this process does not have."""
        from mlflow.exceptions import MlflowException

        if isinstance(error, MlflowException) and self._shown(error) is error:
            known: Exception = error
            return known
        text = f"{where}{type(self.model).__name__} failed: {type(error).__name__}: {error}"
        if self._missing:
            text += (
                " Credentials are not kept in a model; set the environment variable "
                + " and ".join(self._missing)
                + " before it is loaded."
            )
        return failed(redact(text, self._secrets()))

    def _shown(self, error: BaseException) -> BaseException | None:
        """Return an error if all of its chain may be seen: a server sends it to its callers."""
        secrets = self._secrets()
        link: BaseException | None = error
        while link is not None:
            if redact(str(link), secrets) != str(link):
                return None
            link = link.__cause__ or link.__context__
        return error

    def _secrets(self) -> dict[str, str]:
        """Return the credentials that an error may repeat: providers like to."""
        import dspy

        models = [predictor.lm for predictor in self.model.predictors()]
        known = secrets_of([*models, self.dspy_settings.get("lm"), dspy.settings.lm])
        for name, value in environment_secrets():
            if len(value) >= SHORTEST:
                known.setdefault(value, name)
        return known

    def _error_in_place(self, error: Exception, where: str, position: int) -> dict[str, Any]:
        message = str(self._explain(error, where))
        return {"error": {"row": position, "type": type(error).__name__, "message": message}}


def _called(program: Any, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """Call a program; one that can only be awaited, in a loop of its own."""
    if is_async_only(program):
        return asyncio.run(program.acall(*arguments, **keywords))
    return program(*arguments, **keywords)


def _frame(answers: list[Any]) -> Any:
    """Return rows as Spark takes them."""
    import pandas as pd

    if all(isinstance(answer, dict) for answer in answers):
        frame = pd.DataFrame(answers)
        if "error" in frame:
            with contextlib.suppress(TypeError, AttributeError):
                frame["error"] = [
                    item["message"] if isinstance(item, dict) else None for item in frame["error"]
                ]
        return frame
    return pd.Series(answers)
