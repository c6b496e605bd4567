"""An OpenAI-compatible endpoint on loopback: answers every output field, streams, keeps requests."""

import json
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FIELD = re.compile(r"\d+\. `(\w+)` \((.*?)\)")
INPUT = re.compile(r"\[\[ ## (\w+) ## \]\]\n(.*?)(?=\n\n\[\[|\n\nRespond|\Z)", re.DOTALL)
VALUES = {
    "int": "7",
    "float": "0.5",
    "bool": "True",
    "list[str]": '["a", "b"]',
    "dict[str, Any]": "{}",
}


class Endpoint:
    """Counts what it is asked; answers `<field> of <inputs>`."""

    def __init__(self, delay=0.0):
        self.requests = []
        self.headers = []
        self.delay = delay
        self.fail = None
        self.refusal = "refused"
        self.status = 400
        self.text = None
        self.in_flight = self.most_in_flight = 0
        self._lock = threading.Lock()
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                endpoint.answer(self, body)

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/v1"
        self._thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self._thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def answer(self, handler, body):
        with self._lock:
            self.requests.append(body)
            self.headers.append(dict(handler.headers))
            self.in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self.in_flight)
        time.sleep(self.delay)
        try:
            prompt = body["messages"][-1]["content"]
            prompt = prompt if isinstance(prompt, str) else json.dumps(prompt)
            if self.fail is not None and self.fail(prompt):
                return send(
                    handler, self.status, {"error": {"message": self.refusal, "type": "bad"}}
                )
            text = self.text or reply(body["messages"][0]["content"], prompt)
            if body.get("stream"):
                return stream(handler, body, text)
            return send(handler, 200, completion(body, text))
        finally:
            with self._lock:
                self.in_flight -= 1


def reply(system, prompt):
    inputs = dict(INPUT.findall(prompt))
    asked = " ".join(value.strip() for value in inputs.values())
    fields = FIELD.findall(system.partition("output fields are:")[2])
    parts = []
    for name, kind in fields:
        if kind.startswith("Literal["):
            value = kind[8:-1].split(",")[0].strip("'\" ")
        else:
            value = VALUES.get(kind, f"{name} of {asked}")
        parts.append(f"[[ ## {name} ## ]]\n{value}")
    return "\n\n".join([*parts, "[[ ## completed ## ]]"])


def completion(body, text):
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": body["model"],
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": text},
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 3, "completion_tokens": 5, "total_tokens": 8},
    }


def send(handler, status, content):
    data = json.dumps(content).encode()
    handler.send_response(status)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(data)))
    handler.end_headers()
    handler.wfile.write(data)


def stream(handler, body, text):
    handler.send_response(200)
    handler.send_header("Content-Type", "text/event-stream")
    handler.send_header("Connection", "close")
    handler.end_headers()
    pieces = re.findall(r"\S+\s*|\s+", text)
    for index, piece in enumerate([*pieces, None]):
        delta = {"role": "assistant", "content": piece} if piece is not None else {}
        chunk = {
            "id": "chatcmpl-1",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": body["model"],
            "choices": [
                {
                    "index": 0,
                    "delta": delta,
                    "finish_reason": "stop" if index == len(pieces) else None,
                }
            ],
        }
        handler.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
        handler.wfile.flush()
    handler.wfile.write(b"data: [DONE]\n\n")
    handler.close_connection = True
