"""A study file that is still to be written: what it says, and its text with the comments of a newcomer."""

import shlex
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias

from overtone.run.definition.keys import Direction
from overtone.run.definition.study_file import StudyFile, study_of
from overtone.run.definition.writing.toml_text import comment_lines, key_text, seen, value_text
from overtone.space import (
    Categorical,
    Configuration,
    Integer,
    Parameter,
    Real,
    SearchSpace,
    conditions,
)

# A word of a command, words that are left out together, or {words = [...], when = {...}}.
Word: TypeAlias = str | list[str] | dict[str, object]

WIDTH: Final = 100
TRIALS: Final = 100


@dataclass(frozen=True)
class Draft:
    """What a study file is to say.

    Attributes:
        name, metric, direction, trials, parallel, timeout, space, default: as in a `StudyFile`; without a
            default, and of the numbers that are None, the file holds a comment.
        words: of the command.
        remarks: a comment for settings, by their names.
        known: values of a default that is not whole, for a comment.
        left_out: what is no setting, each with its reason.
    """

    name: str
    words: Sequence[Word]
    metric: str
    direction: Direction
    space: SearchSpace
    default: Configuration | None = None
    trials: int = TRIALS
    parallel: int | None = None
    timeout: float | None = None
    remarks: Mapping[str, str] = field(default_factory=dict)
    known: Configuration = field(default_factory=dict)
    left_out: Sequence[str] = ()


def checked_text(draft: Draft, path: Path) -> str:
    """The text of a study file, which was read back and says what the draft does.

    Args:
        draft: what it is to say.
        path: where it will lie.

    Raises:
        StudyFileError: if the draft says something that no study file may, with what is wrong.
    """
    text = study_text(draft, path)
    found = study_of(text, path)
    assert tomllib.loads(text)["command"] == list(draft.words)
    assert _says(found) == _meant(draft)
    return text


def study_text(draft: Draft, path: Path) -> str:
    """The text of a study file: what `read_study_file` reads as the draft has it.

    Raises:
        StudyFileError: on a value that TOML has no way to write.
    """
    parts = (_head(draft, path), _command(draft), _space(draft), _default(draft), _ending())
    return "\n".join(line for part in parts for line in (*part, ""))


def entry_of(parameter: Parameter) -> object:
    """What stands after a parameter's name in `[space]`, in its shortest form."""
    entry: dict[str, object]
    when = {
        parent: values[0] if len(values) == 1 else list(values)
        for parent, values in conditions(parameter)
    }
    match parameter:
        case Categorical(choices=choices):
            if not when:
                return list(choices)
            entry = {"choices": list(choices)}
        case Integer(low=low, high=high, step=step):
            entry = {"low": low, "high": high, **({"step": step} if step != 1 else {})}
        case Real(low=low, high=high, step=spacing):
            entry = {"low": low, "high": high, **({"step": spacing} if spacing else {})}
    if isinstance(parameter, Integer | Real) and parameter.log:
        entry["log"] = True
    return {**entry, "when": when} if when else entry


def _says(found: StudyFile) -> tuple[object, ...]:
    told = (found.name, found.metric, found.direction, found.trials, found.parallel, found.timeout)
    return (*told, found.space, found.default)


def _meant(draft: Draft) -> tuple[object, ...]:
    told = (draft.name, draft.metric, draft.direction, draft.trials)
    return (*told, draft.parallel or 1, draft.timeout, draft.space, draft.default)


def _head(draft: Draft, path: Path) -> Iterator[str]:
    yield "# A study file, written by `overtone init`. What to do next:"
    yield "#"
    for command, meaning in (
        ("check", "run the default once, and see what overtone reads of it"),
        ("tune", "run the study; Ctrl-C stops it, and the same call goes on"),
        ("report", "what to use, and which settings matter"),
    ):
        call = f"overtone {command} {seen(shlex.quote(path.name))}"
        yield f"#     {call.ljust(28)}  {meaning}"
    yield ""
    yield _key("name", draft.name, "names the folder .overtone/NAME, which keeps all trials")
    example = " ".join(f"{draft.metric} = 0.93".split())
    yield from comment_lines(
        f"The value to improve: the command prints a line such as `{example}`, the last of which counts; or "
        f"it appends JSON with this key to the file that the environment variable OVERTONE_RESULTS names."
    )
    yield _key("metric", draft.metric)
    other = "maximize" if draft.direction == "minimize" else "minimize"
    yield _key("direction", draft.direction, f'or "{other}"')
    yield _key("trials", draft.trials, "runs of the command in all; raise it later to go on")
    yield _optional("parallel", draft.parallel, 2, "how many runs at a time on this machine")
    yield _optional("timeout", draft.timeout, 600, "seconds that a run may take, or it has failed")
    yield _optional(
        "repeats", None, False, "no run of a configuration a second time, to learn of noise"
    )


def _key(key: str, value: object, meaning: str = "") -> str:
    text = f"{key} = {value_text(value)}"
    return f"{text.ljust(24)}  # {meaning}" if meaning else text


def _optional(key: str, value: object, example: object, meaning: str) -> str:
    return _key(key, value, meaning) if value is not None else f"# {_key(key, example, meaning)}"


def _command(draft: Draft) -> Iterator[str]:
    yield from comment_lines(
        "What is run, in an empty folder of its own for each trial: {NAME} stands for the value of a setting "
        "and {study_dir} for the folder of this file. No shell is involved unless it is named."
    )
    yield "command = ["
    line = ""
    for word in draft.words:
        text = value_text(word) + ","
        if line and len(line) + 1 + len(text) > WIDTH - 4:
            yield f"    {line}"
            line = ""
        line = f"{line} {text}".strip()
    yield f"    {line}"
    yield "]"


def _space(draft: Draft) -> Iterator[str]:
    yield "# The settings: a list is a choice, and low to high is a range. Other keys of a range or a choice:"
    yield "#     log = true               as many values from 0.01 to 0.1 as from 0.1 to 1"
    yield "#     step = 2                 each second value only"
    yield "#     when = {NAME = VALUE}    it only exists where another setting has that value"
    yield "[space]"
    for parameter in draft.space.parameters:
        remark = draft.remarks.get(parameter.name)
        if remark:
            yield from comment_lines(remark)
        yield f"{key_text(parameter.name)} = {value_text(entry_of(parameter))}"
    if draft.left_out:
        yield ""
        yield from comment_lines("These are no settings, each for a reason:")
        for line in draft.left_out:
            yield from comment_lines(line, indent="  ", hanging="      ")


def _default(draft: Draft) -> Iterator[str]:
    yield from comment_lines(
        "What you would use today: it runs first, and the report says which few changes of it make the gain."
    )
    if draft.default is not None:
        yield "[default]"
        yield from (f"{key_text(k)} = {value_text(v)}" for k, v in draft.default.items())
        return
    yield from comment_lines("It is not known for every setting. Complete it, and take away the #:")
    yield "# [default]"
    for parameter in draft.space.parameters:
        value = draft.known.get(parameter.name)
        shown = "..." if value is None else value_text(value)
        yield f"# {key_text(parameter.name)} = {shown}"


def _ending() -> Iterator[str]:
    yield from comment_lines(
        'How to search. "spectral" is the default and good at any number of trials; others are "harmonica", '
        '"tpe", "random", "hyperband". The seed makes a study repeatable.'
    )
    yield "# [sampler]"
    yield '# name = "spectral"'
    yield "# seed = 0"
