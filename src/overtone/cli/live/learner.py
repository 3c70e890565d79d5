"""The process that works out what seems to matter so far, beside a run and never in it.

It reads from its standard input how many bytes a study file has, that file, pickled by the tuner that started
it, and then a line for each question. Each answer is a line of JSON on its standard output: what seems to
matter by then, or null where the store could not be read. When its input ends, so does it, whatever it is
doing: its tuner is gone.
"""

import json
import os
import pickle
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import IO, TYPE_CHECKING, Any, Final

# Everything heavy is imported where it is used: first, the process has to become a polite one.
if TYPE_CHECKING:
    from overtone.report.answers import Level, Setting
    from overtone.report.explanation import Explanation
    from overtone.run.definition.study_file import StudyFile

MOST_CHANGES: Final = 5
# A process with this gets about a tenth of a core that others want whole: what it works out comes within
# seconds on a busy machine, too, and the others lose no more than that.
NICE: Final = 11


def main() -> None:
    """Answer until nobody asks any more."""
    _step_back()
    # Whatever else is printed in this process is no answer.
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as answers:
        os.dup2(2, 1)
        source = sys.stdin.buffer
        pickled = source.read(int(source.readline()))
        questions: SimpleQueue[bytes] = SimpleQueue()
        threading.Thread(target=_listen, args=(source, questions), daemon=True).start()
        study_file: StudyFile = pickle.loads(pickled)  # noqa: S301  # our own tuner's
        _answer(study_file, questions, answers)


def _step_back() -> None:
    """Take only the time that nobody else wants."""
    os.nice(NICE)
    # Linux weighs sessions first, where it is set up for desktops, and the processes of one among themselves.
    with suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(NICE), encoding="ascii")


def _listen(source: IO[bytes], questions: "SimpleQueue[bytes]") -> None:
    for line in source:
        questions.put(line)
    os._exit(0)  # the main thread may be in the middle of a fit


def _answer(study_file: "StudyFile", questions: "SimpleQueue[bytes]", answers: IO[str]) -> None:
    from overtone.errors import OvertoneError
    from overtone.report.explanation import explain
    from overtone.run.records import store

    study = None
    while True:
        questions.get()
        try:
            # It is kept: what was read of a trial that is over is not read again.
            study = store.load(study_file) if study is None else study
            answer = insight_of(explain(study, space=study_file.space))
        except (OvertoneError, *store.STORE_ERRORS):
            answer = None
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def insight_of(explanation: "Explanation") -> Mapping[str, Any]:
    """What seems to matter, as plain JSON values: what is sure comes first, and what only seems so is named.

    A setting matters, or seems to, by the same rules as in the report, and is worded as there.
    """
    from overtone.report.sentences import seems_to_matter

    findings = explanation.findings
    sure = [s for s in explanation.settings if s.verdict == "matters"]
    unsure = [
        s
        for s in explanation.settings
        if s.verdict == "unknown" and seems_to_matter(s, findings.unnoticed)
    ]
    changes = [_change(setting, is_sure=True) for setting in sure]
    changes += [_change(setting, is_sure=False) for setting in unsure]
    return {
        "trials": findings.finished,
        "note": _note(explanation, is_sure=bool(sure)),
        "changes": changes[:MOST_CHANGES],
    }


def _note(explanation: "Explanation", *, is_sure: bool) -> str:
    y = explanation.findings.known.y
    if len(y) > 1 and (y == y[0]).all():
        return "All values are equal, so no setting made a difference so far."
    if not explanation.settings:
        return "There are too few trials with a value to say what the settings do."
    return "" if is_sure else "Nothing is sure yet."


def _change(setting: "Setting", *, is_sure: bool) -> Mapping[str, str | bool]:
    from overtone.report.words import cut, interval, rough, value

    level = max(setting.levels, key=_told)
    known = level.change
    return {
        "setting": f"{cut(setting.setting)} = {cut(value(setting.value))}",
        "to": cut(value(level.value)),
        "mean": rough(known.mean, known.high - known.low, signed=True),
        "change": interval(known, signed=True),
        "is_sure": is_sure,
    }


def _told(level: "Level") -> tuple[float, float]:
    """How large a change is at the least, by its interval; and how large it seems, if that may be nothing."""
    change = level.change
    return max(change.low, -change.high, 0.0), abs(change.mean)


if __name__ == "__main__":
    main()
