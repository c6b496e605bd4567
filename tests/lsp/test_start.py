"""A start does what the first diagnostics need; what else there is comes when the client is quiet."""

import asyncio
import subprocess
import sys

import pytest

from dspy_language_server.lsp import server as lsp_server
from dspy_language_server.lsp.server import create_server
from dspy_language_server.lsp.services import Services

LATER = (
    "dspy_language_server.ide.completion",
    "dspy_language_server.ide.hover",
    "dspy_language_server.source.repair",
    "fractions",
    "tomllib",
)
LISTED = "import sys, dspy_language_server.lsp.server; print(*sys.modules)"


def test_the_first_diagnostics_wait_for_no_feature():
    done = subprocess.run(
        [sys.executable, "-c", LISTED], capture_output=True, text=True, check=True
    )
    imported = done.stdout.split()
    assert "dspy_language_server.rules.catalog" in imported
    assert set(imported).isdisjoint(LATER)


def test_all_features_can_be_loaded_at_once():
    code = f"from dspy_language_server import ide; ide.load(); {LISTED}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {f"dspy_language_server.ide.{name}" for name in ("hover", "rename", "prompt")} <= set(
        done.stdout.split()
    )


@pytest.mark.parametrize(
    ("busy", "looks"), [(0, 1), (3, 4), (99, lsp_server.LOOKS)], ids=["quiet", "soon", "never"]
)
def test_the_rest_waits_until_the_client_is_quiet_but_not_for_ever(monkeypatch, busy, looks):
    server = create_server(Services())
    slept: list[float] = []
    done: list[int] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) <= busy:
            server.protocol.receive(b'{"jsonrpc": "2.0", "method": "$/anything"}')

    monkeypatch.setattr(lsp_server.asyncio, "sleep", sleep)
    asyncio.run(server._wait_for_quiet(lambda: done.append(len(slept))))
    assert done == [looks]
