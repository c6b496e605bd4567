"""What the server spends on a key by itself: CPU time in one process, without pipes.

    python tests/benchmarks/profile_keys.py [LINES] [--profile]

CPU time hardly depends on what else the machine does: that makes it the figure to work with.
"""

import argparse
import asyncio
import cProfile
import json
import pstats
import statistics
import time

import workload

from dspy_language_server.lsp.server import create_server
from dspy_language_server.lsp.services import Services

URI = "file:///bench/typed.py"


class Sink:
    """Where the answers go."""

    def write(self, data: bytes) -> None:
        """Takes a message."""

    def close(self) -> None:
        """Nothing to close."""


def message(method: str, params: object, number: int | None = None) -> bytes:
    made = {"jsonrpc": "2.0", "method": method, "params": params}
    return json.dumps(made if number is None else {**made, "id": number}).encode()


def change(version: int, key: workload.Key) -> bytes:
    start = {"line": key.line, "character": key.column}
    end = {"line": key.line, "character": key.column + key.deleted}
    changes = [{"range": {"start": start, "end": end}, "text": key.text}]
    document = {"uri": URI, "version": version}
    return message("textDocument/didChange", {"textDocument": document, "contentChanges": changes})


async def measure(lines: int, profiler: cProfile.Profile | None) -> None:
    server = create_server(Services())
    server.protocol.set_writer(Sink())
    receive = server.protocol.receive
    publishing = {"publishDiagnostics": {"versionSupport": True, "relatedInformation": True}}
    capabilities = {"textDocument": publishing}
    receive(message("initialize", {"processId": None, "capabilities": capabilities}, 1))
    receive(message("initialized", {}))
    text, trace = workload.typing_trace(workload.document(lines))
    document = {"uri": URI, "languageId": "python", "version": 1, "text": text}
    started = time.process_time()
    receive(message("textDocument/didOpen", {"textDocument": document}))
    opened = time.process_time() - started
    bodies = [change(number, key) for number, key in enumerate(trace, start=2)]
    times = []
    if profiler:
        profiler.enable()
    for body in bodies:
        started = time.process_time()
        receive(body)
        times.append(time.process_time() - started)
    if profiler:
        profiler.disable()
    low, middle, high = (q * 1000 for q in statistics.quantiles(times, n=4))
    print(
        f"{lines:6} lines: opened in {opened * 1000:.0f} ms, a key {low:.2f} {middle:.2f} {high:.2f} ms"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("lines", type=int, nargs="*", default=[200, 2_000, 20_000])
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    for lines in options.lines:
        profiler = cProfile.Profile() if options.profile else None
        asyncio.run(measure(lines, profiler))
        if profiler:
            pstats.Stats(profiler).sort_stats("tottime").print_stats(40)


if __name__ == "__main__":
    main()
