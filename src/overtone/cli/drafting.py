"""What a new study file is to say: from options, from a typed command, and from answers."""

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from overtone.cli.asking import Asker
from overtone.cli.choosing import Entry, chosen_of, entries_of
from overtone.errors import StudyFileError
from overtone.run.definition.keys import METRIC_PATTERN, Direction
from overtone.run.definition.writing.argparse_source import ScriptOptions, script_options
from overtone.run.definition.writing.draft import TRIALS, Draft
from overtone.run.definition.writing.typed_command import TypedCommand, typed_command
from overtone.space import Configuration, SearchSpace

DIRECTIONS: Final[tuple[Direction, ...]] = ("minimize", "maximize")
# What a metric's name says of its direction.
_MORE: Final = re.compile(
    r"acc|score|throughput|reward|f1|auc|r2|per_sec|/s$|flops|speed|fps", re.IGNORECASE
)
_LESS: Final = re.compile(
    r"loss|err|second|time|latency|bytes|size|cost|rmse|mae|mse|memory|perplexity|ms$|regret",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Wishes:
    """What was given by options; None and nothing are asked for, or left to a rule."""

    command: str | None = None
    metric: str | None = None
    direction: str | None = None
    settings: Sequence[str] = ()
    script: Path | None = None
    name: str | None = None
    trials: int = TRIALS
    parallel: int | None = None
    timeout: float | None = None


@dataclass(frozen=True)
class Drafted:
    """A draft, and what whoever asked for it should know."""

    draft: Draft
    notes: tuple[str, ...]


def drafted(wishes: Wishes, asker: Asker, path: Path) -> Drafted:
    """What a study file is to say; whatever was not given is asked for.

    Args:
        wishes: what was given.
        asker: who is asked.
        path: of the file to write.

    Raises:
        StudyFileError: if something is missing and nobody can be asked, or something given is a mistake.
    """
    typed = _typed(wishes, asker, path)
    options = None if wishes.script is None else _options(wishes.script, typed)
    entries = entries_of(typed, options)
    metric = _metric(wishes, asker)
    direction = _direction(wishes, asker, metric)
    chosen = chosen_of(entries, wishes.settings, asker, may_append=not typed.needs_shell)
    taken = [(entry, entry.setting) for entry in chosen if entry.setting is not None]
    settings = {entry.name: setting for entry, setting in taken}
    known: Configuration = {
        name: s.default for name, s in settings.items() if s.default is not None
    }
    draft = Draft(
        name=wishes.name or typed.name(),
        words=[*typed.words(settings), *(e.word for e, _ in taken if e.word is not None)],
        metric=metric,
        direction=direction,
        space=SearchSpace([setting.parameter for setting in settings.values()]),
        default=known if len(known) == len(settings) else None,
        trials=wishes.trials,
        parallel=wishes.parallel,
        timeout=wishes.timeout,
        remarks={entry.name: entry.remark for entry, _ in taken if entry.remark},
        known=known,
        left_out=[*_left(chosen), *(() if options is None else options.left_out)],
    )
    return Drafted(draft, tuple(_notes(chosen, options, wishes)))


def _typed(wishes: Wishes, asker: Asker, path: Path) -> TypedCommand:
    def read(text: str) -> TypedCommand:
        return typed_command(text, here=Path.cwd(), folder=path.parent)

    given = wishes.command
    if given is None and wishes.script is not None:
        given = f"python {shlex.quote(str(wishes.script))}"
    if given is not None:
        return read(given)
    asker.say("What is to be run? Type it as in a shell, with its settings as they are today.")
    return asker.ask(
        "command",
        read,
        missing="the command is missing: give --command, such as --command 'python train.py --lr 0.1'.",
    )


def _options(script: Path, typed: TypedCommand) -> ScriptOptions:
    """What a script's options are, but for those that the command holds already."""
    if typed.needs_shell:
        raise StudyFileError(
            f"{script}: its options are added at the end of the command, which is for a shell here. Give a "
            "command without operators such as && and |, or write the options into it yourself."
        )
    found = script_options(script)
    held = {word.text.partition("=")[0] for word in typed.typed.words}
    return ScriptOptions(
        tuple(option for option in found.taken if option.option not in held),
        tuple(option for option in found.open if option.option not in held),
        found.left_out,
        tuple(option for option in found.demanded if option not in held),
    )


def _metric(wishes: Wishes, asker: Asker) -> str:
    def read(text: str) -> str:
        if not re.fullmatch(METRIC_PATTERN, text):
            raise StudyFileError(
                f"{text!r} cannot be the name of a metric: it stands before the = or : of a line such as "
                "accuracy = 0.93, and holds neither of them."
            )
        return text

    if wishes.metric is not None:
        return read(wishes.metric)
    asker.say()
    asker.say("Which value is to be improved? The command prints a line such as: accuracy = 0.93")
    return asker.ask(
        "metric",
        read,
        missing="the metric is missing: give --metric, the name of the value that the command prints.",
    )


def _direction(wishes: Wishes, asker: Asker, metric: str) -> Direction:
    def read(text: str) -> Direction:
        for direction in DIRECTIONS:
            if text and direction.startswith(text.lower()):
                return direction
        raise StudyFileError(f"the direction is {text!r}, but minimize or maximize is expected.")

    if wishes.direction is not None:
        return read(wishes.direction)
    guess = "maximize" if _MORE.search(metric) else "minimize" if _LESS.search(metric) else None
    return asker.ask(
        f"Is {metric} to be as small or as large as possible? minimize or maximize",
        read,
        default=guess,
        missing=f"the direction is missing: give --direction, minimize or maximize, for {metric!r}.",
    )


def _left(chosen: Sequence[Entry]) -> Iterator[str]:
    for entry in chosen:
        if entry.setting is None:
            yield f"{entry.shown}: {entry.reason or 'it was left as it is'}"


def _notes(chosen: Sequence[Entry], options: ScriptOptions | None, wishes: Wishes) -> Iterator[str]:
    for entry in chosen:
        if entry.is_appended:
            yield f"{entry.name} is not in the command, so it is given at its end, as {entry.word}"
    given = {entry.shown for entry in chosen if entry.setting is not None}
    for option in () if options is None else options.demanded:
        if option not in given and (option.startswith("-") or wishes.command is None):
            yield (
                f"{wishes.script} does not run without {option}, which is no setting: give --command with "
                "it, or write it into the file's command"
            )
