"""The JSON-RPC side of the server: pygls's protocol with every request answered exactly once and no toast for a failure of ours."""

from __future__ import annotations

import contextvars
import inspect
import json
import logging
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from cattrs.errors import BaseValidationError
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.feature_manager import is_thread_function
from pygls.protocol import LanguageServerProtocol, lsp_method

from dspy_language_server.lsp.plain import plain

if TYPE_CHECKING:
    from dspy_language_server.lsp.server import CompanionServer

logger = logging.getLogger(__name__)

PARSE_ERROR = types.ErrorCodes.ParseError.value
INVALID_REQUEST = types.ErrorCodes.InvalidRequest.value
METHOD_NOT_FOUND = types.ErrorCodes.MethodNotFound.value
INVALID_PARAMS = types.ErrorCodes.InvalidParams.value
INTERNAL_ERROR = types.ErrorCodes.InternalError.value
NOT_INITIALIZED = types.ErrorCodes.ServerNotInitialized.value
REQUEST_CANCELLED = types.LSPErrorCodes.RequestCancelled.value

# pygls keeps the text of documents itself and splits all lines at each access; ours is kept in `documents`.
_SYNC_METHODS = frozenset(
    {
        types.TEXT_DOCUMENT_DID_OPEN,
        types.TEXT_DOCUMENT_DID_CHANGE,
        types.TEXT_DOCUMENT_DID_CLOSE,
        types.NOTEBOOK_DOCUMENT_DID_OPEN,
        types.NOTEBOOK_DOCUMENT_DID_CHANGE,
        types.NOTEBOOK_DOCUMENT_DID_CLOSE,
        # pygls runs a command under an id of its own, so that cancelling the request would not reach it.
        types.WORKSPACE_EXECUTE_COMMAND,
        types.WINDOW_WORK_DONE_PROGRESS_CANCEL,
        types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS,
    }
)


class Refusal(JsonRpcException):
    """A request that is answered with a message for the person who made it, not a defect of the server."""

    CODE = types.LSPErrorCodes.RequestFailed.value

    def __init__(self, message: str, *, code: int | None = None, data: Any = None) -> None:
        super().__init__(message=plain(message), code=code or self.CODE, data=data)


class CompanionProtocol(LanguageServerProtocol):
    """Structures each message as a whole, once, after it has been read as plain JSON."""

    _server: CompanionServer
    received = 0
    """How many messages came so far."""

    @cached_property
    def _encode(self) -> Callable[[Any], str]:
        """JSON as text, all of it ASCII; lsprotocol's types in it are taken apart."""
        encoder = json.JSONEncoder(
            separators=(",", ":"), check_circular=False, default=self._serialize_message
        )
        return encoder.encode

    def _register_builtin_features(self) -> None:
        super()._register_builtin_features()  # type: ignore[no-untyped-call]
        for method in _SYNC_METHODS:
            self.fm.builtin_features.pop(method, None)

    # Receiving ----------------------------------------------------------------------------------

    def receive(self, body: bytes) -> None:
        """Takes one message as it came from the pipe."""
        self.received += 1
        try:
            message = json.loads(body)
        except (ValueError, RecursionError) as error:
            logger.warning("a message that is not JSON: %s", error)
            self._refuse(None, PARSE_ERROR, "The message is not valid JSON.")
            return
        self.handle_message(message)

    def handle_message(self, message: Any) -> None:
        """Dispatches one message; whatever is wrong with it is answered if it can be, and logged."""
        match message:
            case {"jsonrpc": "2.0", "method": str(method)}:
                msg_id = message.get("id")
                if "id" not in message:
                    self._take_notification(method, message)
                elif isinstance(msg_id, int | str) and not isinstance(msg_id, bool):
                    self._take_request(msg_id, method, message)
                else:
                    self._refuse(None, INVALID_REQUEST, "The request's id is no string or number.")
            case {"jsonrpc": "2.0", "id": int() | str() as msg_id} if (
                "result" in message or "error" in message
            ):
                self._take_response(msg_id, message)
            case {"id": int() | str() as msg_id}:
                self._refuse(msg_id, INVALID_REQUEST, "This is not a JSON-RPC 2.0 message.")
            case _:
                self._refuse(None, INVALID_REQUEST, "This is not a JSON-RPC 2.0 message.")

    def _take_request(self, msg_id: int | str, method: str, message: dict[str, Any]) -> None:
        initialized = getattr(self, "client_capabilities", None) is not None
        if self._shutdown:
            self._refuse(msg_id, INVALID_REQUEST, "The server is shutting down.")
        elif not initialized and method != types.INITIALIZE:
            self._refuse(msg_id, NOT_INITIALIZED, "The first request must be `initialize`.")
        elif initialized and method == types.INITIALIZE:
            self._refuse(msg_id, INVALID_REQUEST, "The server is initialized already.")
        elif not self._knows(method):
            self._refuse(msg_id, METHOD_NOT_FOUND, f"The server has no method {method!r}.")
        else:
            try:
                params = self._params(method, message)
            except _UNREADABLE as error:
                logger.warning("%s has parameters that cannot be read: %s", method, _first(error))
                self._refuse(msg_id, INVALID_PARAMS, f"Parameters of {method!r}: {_first(error)}")
                return
            contextvars.copy_context().run(self._handle_request, msg_id, method, params)

    def _take_notification(self, method: str, message: dict[str, Any]) -> None:
        if self._shutdown and method != types.EXIT:
            return
        if not self._knows(method) and method != types.CANCEL_REQUEST:
            return  # `$/…` and what only newer clients send
        try:
            params = self._params(method, message)
        except _UNREADABLE as error:
            logger.warning("%s has parameters that cannot be read: %s", method, _first(error))
            return
        handler = self._get_handler(method) if method != types.CANCEL_REQUEST else None
        if handler is None or _may_wait(handler):
            contextvars.copy_context().run(self._handle_notification, method, params)
            return
        try:
            contextvars.copy_context().run(handler, params)
        except Exception:
            logger.exception("the notification %s could not be handled", method)

    def _take_response(self, msg_id: int | str, message: dict[str, Any]) -> None:
        result_type = self._result_types.pop(msg_id, None)
        error = message.get("error")
        try:
            if error is not None:
                failure = self._converter.structure(error, types.ResponseError)
                self._handle_response(msg_id, None, failure)
            elif result_type is not None:
                self._handle_response(
                    msg_id, self._converter.structure(message, result_type).result
                )
            else:
                self._handle_response(msg_id, message.get("result"))
        except _UNREADABLE as unreadable:
            logger.warning("a response that cannot be read: %s", _first(unreadable))
            self._handle_response(
                msg_id,
                None,
                types.ResponseError(code=INVALID_PARAMS, message="an unreadable response"),
            )

    def _handle_response(
        self, msg_id: int | str, result: Any | None = None, error: types.ResponseError | None = None
    ) -> None:
        # Who asked may have given up meanwhile; then nobody waits for this answer.
        future = self._request_futures.pop(msg_id, None)
        if future is None or future.done():
            return
        try:
            if error is not None:
                future.set_exception(JsonRpcException.from_error(error))
            else:
                future.set_result(result)
        except InvalidStateError:
            logger.debug("the answer to %s came too late", msg_id)

    def _knows(self, method: str) -> bool:
        return method in self.fm.features or method in self.fm.builtin_features

    def _params(self, method: str, message: dict[str, Any]) -> Any:
        """The parameters as lsprotocol's type, or as plain JSON for a method of ours."""
        message_type = self.get_message_type(method)
        if message_type is None:
            return message.get("params")
        return self._converter.structure(message, message_type).params

    # Answering ----------------------------------------------------------------------------------

    def _refuse(self, msg_id: int | str | None, code: int, message: str) -> None:
        self._send_response(msg_id, error=types.ResponseError(code=code, message=message))

    def _send_handler_result(self, future: Future[Any], *, msg_id: int | str) -> None:
        if self._request_futures.get(msg_id) is future:
            del self._request_futures[msg_id]
        if future.cancelled():
            self._refuse(msg_id, REQUEST_CANCELLED, "The request was cancelled.")
            return
        match future.exception():
            case None:
                self._send_response(msg_id, result=future.result())
            case JsonRpcException() as error:
                logger.info("request %s was refused: %s", msg_id, error)
                self._send_response(msg_id, error=error.to_response_error())
            case error:
                logger.error("request %s failed", msg_id, exc_info=error)
                self._refuse(
                    msg_id,
                    INTERNAL_ERROR,
                    f"The language server failed to answer ({type(error).__name__}). "
                    "Its log has the details.",
                )

    def _check_handler_result(self, future: Future[Any]) -> None:
        if not future.cancelled() and (error := future.exception()) is not None:
            logger.error("a notification could not be handled", exc_info=error)

    def _send_response(
        self,
        msg_id: int | str | None,
        result: Any | None = None,
        error: types.ResponseError | None = None,
    ) -> None:
        if error is None and isinstance(result, dict | list | None):
            # Plain JSON needs no classes in between: diagnostics are many and pass on each key.
            self._send_plain({"jsonrpc": "2.0", "id": msg_id, "result": result})
        else:
            super()._send_response(msg_id, result, error)  # type: ignore[arg-type]

    def send_notification(self, method: str, params: Any) -> None:
        """Sends a notification whose parameters are plain JSON."""
        self._send_plain({"jsonrpc": "2.0", "method": method, "params": params})

    def _send_plain(self, message: dict[str, Any]) -> None:
        """Sends a message without the classes and the encoder that pygls makes for each."""
        if self.writer is not None:
            body = self._encode(message)
            self.writer.write(f"Content-Length: {len(body)}\r\n\r\n{body}".encode("ascii"))

    # Ending -------------------------------------------------------------------------------------

    @lsp_method(types.EXIT)
    def lsp_exit(self, *_: object) -> None:  # type: ignore[override]
        """Ends the server: with 0 after a shutdown request, else with 1, as the protocol demands."""
        self._server.finish(0 if self._shutdown else 1)

    def cancel_all(self) -> None:
        """Cancels what is under way when the connection ends."""
        for future in list(self._request_futures.values()):
            future.cancel()


@cache
def _may_wait(handler: Callable[..., Any]) -> bool:
    """Whether a handler does not simply run to its end: pygls has several ways for these."""
    return (
        inspect.iscoroutinefunction(handler)
        or inspect.isgeneratorfunction(handler)
        or is_thread_function(handler)  # type: ignore[no-untyped-call]
    )


_UNREADABLE = (BaseValidationError, ValueError, TypeError, KeyError, AttributeError, RecursionError)


def _first(error: BaseException) -> str:
    """The innermost reason of cattrs's nested groups, in one line."""
    while isinstance(error, BaseValidationError) and error.exceptions:
        error = error.exceptions[0]
    if isinstance(error, KeyError):
        return f"{error.args[0]!r} is missing."
    return str(error).splitlines()[0] if str(error) else type(error).__name__
