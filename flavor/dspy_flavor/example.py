"""Running an input example to see what a program returns: one row, one call of a language model."""

import logging
import threading
from typing import Any

from dspy.utils.callback import ACTIVE_CALL_ID, BaseCallback

from .model import ProgramModel
from .rows import rows_of

_SECONDS = 5.0
"""How long a language model may take to show what a program returns."""
_LOGGER = logging.getLogger(__name__)


def answer_of(example: Any, program: Any, settings: dict[str, Any]) -> Any:
    """Return what a program answers to an example's first row, or None where it cannot be told.

    The program calls a language model once at most, without retries and for seconds at most. At a
    second call it is stopped: the values of a program with several predictors depend on them all.

    Args:
        example: The input example, as `predict` takes it.
        program: The module.
        settings: What holds while it runs.
    """
    import dspy

    limit = _OneCall()
    held = {**settings, "callbacks": [*dspy.settings.callbacks, limit]}
    config = {"num_retries": 0, "timeout": _SECONDS}
    model = ProgramModel(program, held, config)
    answers: list[Any] = []

    def run() -> None:
        try:
            rows, _ = rows_of(example)
            answers.extend(model.predict(rows[:1]))
        except _SecondCall:
            _warn("it calls its language model more than once")
        except Exception as error:  # noqa: BLE001 - a program may raise anything
            _warn(str(error))

    thread = threading.Thread(target=run, daemon=True, name="dspy-flavor-example")
    thread.start()
    thread.join(_SECONDS)
    if thread.is_alive():
        _warn(f"it took longer than {_SECONDS:g} seconds")
    limit.close()
    return answers[0] if answers else None


def _warn(why: str) -> None:
    _LOGGER.warning(
        "What the program returns is not described in the model's signature: the input example was"
        " run to find out, and %s. To describe it, pass signature=.",
        why,
    )


class _SecondCall(BaseException):
    """Ends a program that is about to call its language model again, past its `except Exception`."""


class _OneCall(BaseCallback):  # type: ignore[misc]
    """Lets a language model be called once, whichever it is and from whichever thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left = 1
        self._open: dict[str, Any] = {}

    def close(self) -> None:
        """Let none be called any more."""
        with self._lock:
            self._left = 0

    def on_lm_start(self, call_id: str, instance: Any, inputs: dict[str, Any]) -> None:  # noqa: ARG002
        """Count a call; one that hands itself on to its base class is the same call."""
        with self._lock:
            if self._open.get(ACTIVE_CALL_ID.get()) is instance:
                self._open[call_id] = instance
                return
            if not self._left:
                raise _SecondCall
            self._left -= 1
            self._open[call_id] = instance

    def on_lm_end(
        self,
        call_id: str,
        outputs: Any,  # noqa: ARG002
        exception: BaseException | None = None,  # noqa: ARG002
    ) -> None:
        """Forget a call that has ended."""
        with self._lock:
            self._open.pop(call_id, None)

    def on_module_start(self, call_id: str, instance: Any, inputs: dict[str, Any]) -> None:
        """Count a language model of the user's own too: dspy 2.6 takes it for a module."""
        import dspy

        if isinstance(instance, dspy.BaseLM):
            self.on_lm_start(call_id, instance, inputs)
