"""The client of the worker: what needs user code is asked of the user's own interpreter.

`WorkerClient` is the whole surface. It starts the worker when it is first needed, hands it jobs,
reports progress, cancels, and starts it anew after a crash. It runs nothing itself.
"""

from dspy_language_server.worker.client import WorkerClient
from dspy_language_server.worker.model import JobSettings, Subject, WorkerError

__all__ = ["JobSettings", "Subject", "WorkerClient", "WorkerError"]
