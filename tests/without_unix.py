"""Programs that run as if Python had none of the modules and names that exist on Unix alone."""

import subprocess
import sys

REFUSE = """
import os, signal, sys
UNIX = {"fcntl", "grp", "pty", "pwd", "resource", "syslog", "termios", "tty"}

class Refusal:
    def find_spec(self, name, path=None, target=None):
        if name in UNIX:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

for name in UNIX:
    sys.modules.pop(name, None)
sys.meta_path.insert(0, Refusal())
for name in ("killpg", "getpgid", "getuid", "fork", "sched_getaffinity"):
    if hasattr(os, name):
        delattr(os, name)
for name in ("SIGHUP", "SIGKILL"):
    delattr(signal, name)
"""


def run_without_unix(program: str, *words: str) -> str:
    """What a program prints there."""
    call = [sys.executable, "-c", REFUSE + program, *words]
    ended = subprocess.run(call, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout
