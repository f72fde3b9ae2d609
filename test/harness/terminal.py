"""Runs a program at a terminal of its own: waits for "ready", types Ctrl-C, and tells how it ended."""

import json
import os
import pty
import select
import sys

SILENCE_SECONDS_MAX = 60


def read_until(terminal, text):
    seen = b""
    while text is None or text not in seen:
        readable, _, _ = select.select([terminal], [], [], SILENCE_SECONDS_MAX)
        if not readable:
            break
        try:
            chunk = os.read(terminal, 4096)
        except OSError:  # Linux says so when the other side is closed.
            break
        if not chunk:
            break
        seen += chunk
    return seen


pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
seen = read_until(terminal, b"ready")
os.write(terminal, b"\x03")
seen += read_until(terminal, None)
_, status = os.waitpid(pid, 0)
print(json.dumps({"seen": seen.decode(), "status": os.waitstatus_to_exitcode(status)}))
