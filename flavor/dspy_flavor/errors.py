"""One kind of error for people: an MlflowException that says what happened and what to do."""

from typing import Any

_LONGEST = 1200


def invalid(message: str) -> Exception:
    """Return the error for an argument, a program or an input that cannot be used."""
    return _exception(message, "INVALID_PARAMETER_VALUE")


def damaged(message: str) -> Exception:
    """Return the error for a model whose files are missing, altered or not understood.

    What it quotes of the model may be of any length: the end, which says what to do, is kept.
    """
    if len(message) > _LONGEST:
        message = f"{message[: _LONGEST // 2]} … {message[-_LONGEST // 2 :]}"
    return _exception(message, "INVALID_STATE")


def refused(message: str) -> Exception:
    """Return the error for something that is possible and not allowed."""
    return _exception(message, "PERMISSION_DENIED")


def failed(message: str) -> Exception:
    """Return the error for a program or a language model that failed while it ran."""
    return _exception(message, "INTERNAL_ERROR")


def _exception(message: str, code: str) -> Exception:
    from mlflow.exceptions import MlflowException
    from mlflow.protos import databricks_pb2

    error: Any = MlflowException(message, error_code=getattr(databricks_pb2, code))
    return error  # type: ignore[no-any-return]
