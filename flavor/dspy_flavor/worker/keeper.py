"""Runs a command for as long as whoever started it is there: `python -I keeper.py COMMAND…`.

The one who starts it keeps the other end of its standard input open. However that process ends, the
system closes that end, and the command goes with all that it has made.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading


def main(command: list[str]) -> None:
    """Run the command until it ends, or until standard input does."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)  # noqa: S603
    threading.Thread(target=_leave_with, args=(process,), daemon=True).start()
    sys.stdin.buffer.read()
    _end(process)


def _leave_with(process: "subprocess.Popen[bytes]") -> None:
    """End with the command, where that ends first."""
    code = process.wait()
    os._exit(code if code >= 0 else 1)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End the command, and what it made."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)


if __name__ == "__main__":
    main(sys.argv[1:])
