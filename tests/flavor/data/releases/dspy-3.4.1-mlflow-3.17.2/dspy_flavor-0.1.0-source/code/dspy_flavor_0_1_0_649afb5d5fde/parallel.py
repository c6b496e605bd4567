"""Many rows at once: bounded, in order, each in the context of the caller."""

import asyncio
import contextvars
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from typing import Any

DEFAULT_THREADS = 8


def run_in_order(
    function: Callable[[int, Any], Any], rows: Sequence[Any], num_threads: int | None
) -> list[Any]:
    """Call `function(position, row)` for each row and return the results in the rows' order.

    The first exception ends it: what has not begun is not begun, and the exception is raised.
    One row runs in this thread, unless an event loop does: DSPy runs async tools in a loop of
    their own, which cannot start inside another.
    """
    if len(rows) == 1 and not _in_event_loop():
        return [function(0, rows[0])]
    if not rows:
        return []
    threads = min(num_threads or DEFAULT_THREADS, len(rows))
    with ThreadPoolExecutor(threads, thread_name_prefix="dspy-predict") as pool:
        futures = [
            pool.submit(contextvars.copy_context().run, function, position, row)
            for position, row in enumerate(rows)
        ]
        _wait(futures)
        return [future.result() for future in futures]


def _wait(futures: list[Future[Any]]) -> None:
    done, _ = wait(futures, return_when=FIRST_EXCEPTION)
    failed = [future for future in done if future.exception() is not None]
    if failed:
        for future in futures:
            future.cancel()
        first = min(failed, key=futures.index)
        raise first.exception() or RuntimeError("a row failed")


def _in_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
