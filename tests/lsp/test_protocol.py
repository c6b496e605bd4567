"""JSON-RPC as it should not be: every request is answered once, and the server stays up."""

import os
import signal

import pytest


def test_a_message_that_is_no_json_is_answered_as_a_parse_error(wire):
    wire.send_bytes(b"{no json")
    assert wire.receive()["error"]["code"] == -32700
    assert wire.initialize()["capabilities"]["hoverProvider"] is True


@pytest.mark.parametrize("body", [b"[]", b"7", b'"x"', b"{}", b'{"jsonrpc": "2.0"}', b"[" * 10_000])
def test_json_that_is_no_message_is_refused(wire, body):
    wire.send_bytes(body)
    assert wire.receive()["error"]["code"] in {-32600, -32700}
    assert wire.initialize()


def test_malformed_parameters_are_answered_with_what_is_wrong(wire):
    wire.initialize()
    wire.send(id=1, method="textDocument/hover", params={"position": {"line": "x"}})
    error = wire.answer(1)["error"]
    assert error["code"] == -32602
    assert "textDocument/hover" in error["message"]


def test_an_unknown_method_is_refused_and_an_unknown_notification_ignored(wire):
    wire.initialize()
    wire.send(method="$/whatever", params={})
    wire.send(id=2, method="textDocument/unheardOf", params={})
    assert wire.answer(2)["error"]["code"] == -32601


def test_a_nested_jsonrpc_key_is_data_like_any_other(wire):
    wire.initialize()
    nested = {"jsonrpc": "2.0", "id": 9, "method": "x"}
    wire.send(
        id=3,
        method="workspace/executeCommand",
        params={"command": "dspy.none", "arguments": [nested]},
    )
    assert "no command 'dspy.none'" in wire.answer(3)["error"]["message"]


def test_a_request_before_initialize_is_refused(wire):
    wire.send(id=4, method="textDocument/hover", params={})
    assert wire.answer(4)["error"]["code"] == -32002


def test_after_shutdown_requests_are_refused_and_exit_ends_with_zero(wire):
    wire.initialize()
    wire.send(id=5, method="shutdown")
    assert wire.answer(5)["result"] is None
    wire.send(id=6, method="textDocument/hover", params={})
    assert wire.answer(6)["error"]["code"] == -32600
    wire.send(method="exit")
    assert wire.process.wait(20) == 0


def test_exit_without_shutdown_ends_with_one(wire):
    wire.initialize()
    wire.send(method="exit")
    assert wire.process.wait(20) == 1


def test_a_closed_pipe_ends_the_server(wire):
    wire.initialize()
    assert wire.close() == 1


def test_a_response_that_nobody_waits_for_is_dropped(wire):
    wire.initialize()
    wire.send(id="unknown", result=None)
    wire.send(id="unknown", error={"code": 1, "message": "x"})
    wire.send(id=7, method="workspace/executeCommand", params={"command": "dspy.information"})
    assert wire.answer(7)["result"]["trusted"] is False


def test_a_cancel_for_an_unknown_request_shows_nothing(wire):
    wire.initialize()
    wire.send(method="$/cancelRequest", params={"id": 77})
    wire.send(id=8, method="workspace/executeCommand", params={"command": "dspy.information"})
    assert "server" in wire.answer(8)["result"]
    assert not [m for m in wire.seen if m.get("method") == "window/showMessage"]


def test_headers_are_read_without_regard_to_case_and_order(wire):
    body = b'{"jsonrpc": "2.0", "id": 1, "method": "shutdown"}'
    wire.process.stdin.write(
        b"content-type: application/vscode-jsonrpc\r\nCONTENT-LENGTH: %d\r\n\r\n" % len(body) + body
    )
    wire.process.stdin.flush()
    assert wire.answer(1)["error"]["code"] == -32002


def test_a_killed_editor_leaves_no_server(wire):
    wire.initialize()
    pid = wire.process.pid
    wire.process.stdin.close()
    wire.process.stdout.close()
    wire.process.wait(20)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, signal.SIG_DFL)


@pytest.mark.parametrize("arguments", [["text"], [{}, {}], [None], [[1]]])
def test_command_arguments_of_another_shape_are_refused_with_the_shape(wire, arguments):
    wire.initialize()
    wire.send(
        id=9,
        method="workspace/executeCommand",
        params={"command": "dspy.log", "arguments": arguments},
    )
    assert "one object" in wire.answer(9)["error"]["message"]
