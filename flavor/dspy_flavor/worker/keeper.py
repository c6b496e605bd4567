"""Runs a command for as long as whoever started it is there: `python -I keeper.py COMMAND…`.

The one who starts it keeps the other end of its standard input open. However that process ends, the
system closes that end, and the command goes with all that it has made. Nor does the command outlive
its keeper: a second process, the guard, leads the command's group and waits in the same way for the
end of the keeper, which waits for the guard's. Who kills one of the two has ended the command.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading

_GUARD = "--guard"


def main(command: list[str]) -> None:
    """Run the command until it ends, or until standard input does."""
    if command[0] == _GUARD:
        guard(command[1:])
        return
    if sys.platform != "win32":
        command = [sys.executable, "-I", "-S", __file__, _GUARD, *command]
    # The pipe's other end is this process's alone: it is closed when this process ends.
    process = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)  # noqa: S603
    threading.Thread(target=_leave_with, args=(process,), daemon=True).start()
    sys.stdin.buffer.read()
    _end(process)


def guard(command: list[str]) -> None:
    """Run the command in a group with this process; end both when standard input ends."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603
    threading.Thread(target=lambda: os._exit(max(1, process.wait())), daemon=True).start()
    sys.stdin.buffer.read()
    os.killpg(0, signal.SIGKILL)


def _leave_with(process: "subprocess.Popen[bytes]") -> None:
    """End with the command, or with its guard, where that ends first: with all that it made."""
    process.wait()
    _end(process)
    os._exit(1)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End the command, and what it made."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)


if __name__ == "__main__":
    main(sys.argv[1:])
