"""What the server reaches outside of itself, passed in so that a test can pass in something else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from dspy_language_server.lsp.environments import Environment, find_environment
from dspy_language_server.lsp.memory import state_folder
from dspy_language_server.worker import WorkerClient


@dataclass(frozen=True)
class Services:
    """The server's dependencies.

    Attributes:
        worker_factory: Makes the client of the worker of an interpreter; called when a command
            first needs it, in a trusted workspace only.
        find_environment: The interpreter and the releases it has, from a folder and a setting.
        state_folder: Where what a person chose is remembered.
    """

    worker_factory: Callable[..., WorkerClient] = field(default=WorkerClient)
    find_environment: Callable[..., Environment] = field(default=find_environment)
    state_folder: Callable[[], Path] = field(default=state_folder)
