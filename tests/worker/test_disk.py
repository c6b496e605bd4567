"""A disk that is full: one message that says so, and nothing half-logged."""

import contextlib
import resource
import signal
import sys
from collections.abc import Iterator

import pytest

from dspy_language_server.worker import WorkerClient, WorkerError

pytestmark = pytest.mark.asyncio(loop_scope="module")

LARGE = 'NOTES = "x" * 300_000\n'


@contextlib.contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    """What starts now can write no larger file, as on a disk with as much room."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)


@pytest.mark.parametrize("room", [0, 100_000])
async def test_it_is_the_disk_that_is_blamed(workspace, program, room) -> None:
    client = WorkerClient(sys.executable)
    with no_file_larger_than(room):
        await client.prewarm()
    with pytest.raises(WorkerError) as caught:
        await client.log(workspace.subject(program + LARGE, "QA"), workspace.settings())
    await client.close()
    assert caught.value.code == "store"
    assert caught.value.message.startswith("The disk takes no more")
    assert "Make room" in caught.value.message
    assert not workspace.runs("FINISHED")
