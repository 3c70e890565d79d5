"""How a command's end is judged: a value, or the reason why there is none."""

import signal
from typing import Final

from overtone.run.engines.local.results import Reading, lines_from_end, read_metric
from overtone.run.records.trial_folder import TrialFolder

LONGEST_QUOTE: Final = 300


def judge(
    folder: TrialFolder,
    *,
    code: int,
    metric: str,
    timeout: float | None,
    budget: int | None = None,
) -> Reading:
    """What a trial whose command ended with this code has to show.

    Args:
        folder: what the command left behind.
        code: its exit code, or minus the signal that ended it.
        metric: the value to look for.
        timeout: the seconds it was given, if they ran out.
        budget: that it was to reach, where a study has budgets.
    """
    if timeout is not None:
        return Reading(None, f"timeout: still running after {timeout:g} s")
    if code != 0:
        return Reading(None, f"crash: {_end(code)}{_last_words(folder)}")
    return read_metric(metric, results=folder.results, stdout=folder.stdout, budget=budget)


def _end(code: int) -> str:
    if code > 0:
        return f"exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    hint = " (out of memory?)" if name == "SIGKILL" else ""
    return f"ended by {name}{hint}"


def _last_words(folder: TrialFolder) -> str:
    """The last line that the command wrote to its standard error, if any."""
    for line in lines_from_end(folder.stderr):
        words = line.strip()
        if words:
            cut = words if len(words) <= LONGEST_QUOTE else words[: LONGEST_QUOTE - 3] + "..."
            return f": {cut}"
    return ""
