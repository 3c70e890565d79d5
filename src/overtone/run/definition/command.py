"""A command as a template: an argument list with `{name}` placeholders, never a shell.

    command = ["python", "{study_dir}/train.py", "--lr={lr}", ["--momentum", "{momentum}"]]

A placeholder is a parameter's name or one of RESERVED; `{{` and `}}` are literal braces. An argument that
mentions an inactive parameter is left out; a nested list is a group, left out as a whole. A flag that is
there or not is a group with a condition, as parameters have one:

    command = ["gzip", {words = ["--rsyncable"], when = {rsyncable = true}}, "{study_dir}/data"]
"""

import json
import os
import shlex
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from typing import Final, TypeAlias

from overtone.errors import SpaceError, StudyFileError, suggestion
from overtone.space import (
    Categorical,
    Choice,
    Configuration,
    SearchSpace,
    conditions,
    describe_condition,
)

RESERVED: Final = {
    "study_dir": "the folder of the study file",
    "trial_dir": "the folder of this trial",
    "trial_number": "the number of this trial",
    "parameters": "all active parameters as JSON",
}
# These are reserved where a study has budgets.
BUDGET_WORDS: Final = {
    "budget": "the budget that this run is to reach",
    "checkpoint_dir": "the folder that is kept for the trial's next run",
}


@dataclass(frozen=True)
class Placeholder:
    """A hole in an argument, filled by the parameter or the reserved word of this name."""

    name: str


Piece: TypeAlias = str | Placeholder


@dataclass(frozen=True)
class Argument:
    """One argument: literal text and placeholders in turn."""

    pieces: tuple[Piece, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its placeholders, in order."""
        return tuple(piece.name for piece in self.pieces if isinstance(piece, Placeholder))

    @property
    def literal(self) -> str:
        """Its literal text; the whole argument if it has no placeholder."""
        return "".join(piece for piece in self.pieces if isinstance(piece, str))

    def render(self, texts: Mapping[str, str]) -> str:
        """The argument with every placeholder filled in."""
        return "".join(
            texts[piece.name] if isinstance(piece, Placeholder) else piece for piece in self.pieces
        )


@dataclass(frozen=True)
class ArgumentGroup:
    """Arguments that are left out together.

    Attributes:
        arguments: the words.
        when: a parameter without choices of its own, which is active where the words are there; None for a
            group that only its placeholders decide on.
    """

    arguments: tuple[Argument, ...]
    when: Categorical | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all parameters that the group depends on."""
        placeholders = tuple(name for argument in self.arguments for name in argument.names)
        return placeholders + (() if self.when is None else tuple(self.when.when))


@dataclass(frozen=True)
class Surroundings:
    """What the reserved placeholders of one trial stand for."""

    study_dir: str
    trial_dir: str
    trial_number: int
    checkpoint_dir: str = "checkpoint"
    budget: int | None = None


@dataclass(frozen=True)
class Command:
    """A checked template of a command.

    Attributes:
        parts: its words.
        space: the parameters that a trial chooses.
        fixed: names that have a value in every trial, but are not chosen.
    """

    parts: tuple[Argument | ArgumentGroup, ...]
    space: SearchSpace
    fixed: tuple[str, ...] = ()

    def argv(self, configuration: Configuration, surroundings: Surroundings) -> list[str]:
        """The argument list that runs a configuration, which holds what is fixed too."""
        texts = {name: as_text(value) for name, value in configuration.items()}
        texts["study_dir"] = surroundings.study_dir
        texts["trial_dir"] = surroundings.trial_dir
        texts["trial_number"] = str(surroundings.trial_number)
        texts["parameters"] = as_json(configuration)
        if surroundings.budget is not None:
            texts["budget"] = str(surroundings.budget)
            texts["checkpoint_dir"] = surroundings.checkpoint_dir
        words = [
            argument.render(texts)
            for part in self.parts
            if all(name in texts for name in part.names) and self._is_wanted(part, configuration)
            for argument in (part.arguments if isinstance(part, ArgumentGroup) else (part,))
        ]
        return [_present_program(words[0]), *words[1:]]

    def _is_wanted(self, part: Argument | ArgumentGroup, configuration: Configuration) -> bool:
        condition = part.when if isinstance(part, ArgumentGroup) else None
        return condition is None or self.space.is_active(condition, configuration)

    def command_line(
        self,
        configuration: Configuration,
        *,
        study_dir: Path,
        parameters_file: str,
        budget: int | None = None,
    ) -> str:
        """The quoted line that a person can paste into a shell to run a configuration once more.

        `{trial_dir}` becomes the current directory. A parameter that has no placeholder reaches the
        program through the parameters file, so the line then names that file; a budget likewise.
        """
        words = self.argv(configuration, Surroundings(str(study_dir), ".", 0, budget=budget))
        mentioned = {name for part in self.parts for name in part.names}
        variables = []
        if "parameters" not in mentioned and not {*self.space.names, *self.fixed} <= mentioned:
            variables.append(f"OVERTONE_PARAMETERS={parameters_file}")
        if budget is not None and "budget" not in mentioned:
            variables.append(f"OVERTONE_BUDGET={budget}")
        if "=" in words[0]:
            # env, and some shells, would take it for a variable.
            words = ["sh", "-c", 'exec "$@"', "sh", *words]
        return shlex.join(["env", *variables, *words] if variables else words)


def literal(text: str) -> str:
    """A text as a template that stands for itself."""
    return text.replace("{", "{{").replace("}", "}}")


def as_text(value: Choice) -> str:
    """A value as it stands in a command: text as is, numbers by repr, and true, false and null."""
    match value:
        case str():
            return value
        case bool() | None:
            return json.dumps(value)
        case _:
            return repr(value)


def as_json(configuration: Mapping[str, Choice]) -> str:
    """A configuration as one line of JSON."""
    return json.dumps(dict(configuration), ensure_ascii=False)


def parse_command(
    words: object,
    space: SearchSpace,
    study_dir: Path,
    *,
    fixed: tuple[str, ...] = (),
    has_budget: bool = False,
) -> Command:
    """The command that a study file's list describes.

    Args:
        words: the list.
        space: whose names may be placeholders.
        study_dir: the folder of the study file.
        fixed: further names that may.
        has_budget: whether the placeholders of a budget are known.

    Raises:
        StudyFileError: naming the argument, what is wrong with it and what to write.
    """
    if not isinstance(words, list) or not words:
        raise StudyFileError(
            f"command is {words!r}, but a list of arguments is expected, "
            'such as ["python", "{study_dir}/train.py", "--lr={lr}"]. No shell is involved.'
        )
    reserved = {**RESERVED, **BUDGET_WORDS} if has_budget else RESERVED
    for table, names in (("space", space.names), ("fidelity", fixed)):
        for name in names:
            if name in reserved:
                raise StudyFileError(
                    f"{table}: a parameter is named {name!r}, but in a command {{{name}}} stands for "
                    f"{reserved[name]}. Rename the parameter."
                )
    known = (*space.names, *fixed, *reserved)
    parts = tuple(_part(word, known, space) for word in words)
    command = Command(parts, space, fixed)
    _check_program(command)
    _check_flags(command)
    for argument in _arguments(parts):
        _check_is_no_file_beside(argument, study_dir, is_program=argument is parts[0])
    return command


def _present_program(program: str) -> str:
    # Debian and macOS often have a python3 but no python.
    if program == "python" and shutil.which("python") is None:
        return sys.executable
    return program


def _arguments(parts: Sequence[Argument | ArgumentGroup]) -> Iterator[Argument]:
    for part in parts:
        yield from part.arguments if isinstance(part, ArgumentGroup) else (part,)


def _part(word: object, known: Sequence[str], space: SearchSpace) -> Argument | ArgumentGroup:
    if isinstance(word, Mapping):
        return _conditional_group(word, known, space)
    if not isinstance(word, list):
        return _argument(word, known)
    if not word:
        raise StudyFileError("command holds [], an empty group. Leave it out.")
    return ArgumentGroup(tuple(_argument(inner, known) for inner in word))


def _conditional_group(
    table: Mapping[str, object], known: Sequence[str], space: SearchSpace
) -> ArgumentGroup:
    words, when = table.get("words"), table.get("when")
    if table.keys() != {"words", "when"} or not (isinstance(words, list) and words and when):
        raise StudyFileError(
            f"command holds the table {dict(table)!r}, but words and the condition under which they are "
            'there are expected, such as {words = ["--fast"], when = {fast = true}}.'
        )
    arguments = tuple(_argument(inner, known) for inner in words)
    for parent in when if isinstance(when, Mapping) else ():
        if parent not in space.names:
            raise StudyFileError(
                f"command: the words {words!r} depend on {parent!r}, but there is no such parameter."
                f"{suggestion(str(parent), space.names)} Known are {', '.join(space.names)}."
            )
    try:
        # The condition of words is checked as that of a parameter.
        condition = Categorical(f"the words {words!r}", (True,), when)  # type: ignore[arg-type]
        SearchSpace((*space.parameters, condition))
    except SpaceError as error:
        raise StudyFileError(f"command: {error}") from None
    return ArgumentGroup(arguments, condition)


def _argument(word: object, known: Sequence[str]) -> Argument:
    if not isinstance(word, str):
        raise StudyFileError(
            f"command holds {word!r}, but each argument is text, or a list of texts that are left out "
            "together when a parameter in them is inactive. Write numbers in quotes."
        )
    pieces = tuple(_pieces(word))
    for piece in pieces:
        if isinstance(piece, Placeholder) and piece.name not in known:
            if piece.name in BUDGET_WORDS:
                raise StudyFileError(
                    f"command: the argument {word!r} mentions {{{piece.name}}}, "
                    f"{BUDGET_WORDS[piece.name]}, but the study has no budgets. Add a table [budget], such "
                    "as: [budget] least = 1, most = 27."
                )
            raise StudyFileError(
                f"command: the argument {word!r} mentions {{{piece.name}}}, but there is no such "
                f"parameter.{suggestion(piece.name, known)} Known are {', '.join(known)}. "
                "Write {{ and }} for literal braces."
            )
    return Argument(pieces)


def _pieces(word: str) -> Iterator[Piece]:
    """Cut an argument into literal text and placeholders."""
    try:
        parsed = list(Formatter().parse(word))
    except ValueError:
        raise StudyFileError(
            f"command: the argument {word!r} has a brace without its partner. "
            "Write {{ or }} for a literal brace, {name} for a parameter."
        ) from None
    literal = ""
    for text, name, layout, conversion in parsed:
        # A doubled brace ends a piece of text, too.
        literal += text
        if name is None:
            continue
        if literal:
            yield literal
        literal = ""
        # Values are written in one way only, so that what looks like a layout is part of a name.
        yield Placeholder(
            name + (f"!{conversion}" if conversion else "") + (f":{layout}" if layout else "")
        )
    if literal:
        yield literal


def _check_program(command: Command) -> None:
    program = command.parts[0]
    if isinstance(program, ArgumentGroup) or any(
        _is_conditional(name, command) for name in program.names
    ):
        raise StudyFileError(
            "command: the first word is the program and must always be there, but it is a group or "
            "depends on a conditional parameter. Put a plain word first."
        )
    if not program.pieces:
        raise StudyFileError('command: the first word is "", but a program is expected.')


def _check_flags(command: Command) -> None:
    """Refuse `"--momentum", "{momentum}"`: dropping only the value would leave the flag behind."""
    for before, after in zip(command.parts[:-1], command.parts[1:], strict=True):
        if isinstance(before, ArgumentGroup) or isinstance(after, ArgumentGroup) or before.names:
            continue
        conditional = [name for name in after.names if _is_conditional(name, command)]
        is_flag = before.literal.startswith("-") and "=" not in before.literal
        is_bare = isinstance(after.pieces[0], Placeholder) if after.pieces else False
        if conditional and is_flag and is_bare:
            name, flag = conditional[0], before.literal
            raise StudyFileError(
                f"command: {name!r} is only active when {describe_condition(command.space[name])}, so "
                f'"{{{name}}}" would be left out alone and the flag "{flag}" would stay. '
                f'Write both as a group: ["{flag}", "{{{name}}}"].'
            )


def _is_conditional(name: str, command: Command) -> bool:
    return name in command.space.names and bool(conditions(command.space[name]))


def _check_is_no_file_beside(argument: Argument, study_dir: Path, *, is_program: bool) -> None:
    """Refuse `train.py` where `{study_dir}/train.py` is meant."""
    word = argument.literal
    if argument.names or not word or word.startswith(("-", "./", "../", os.sep)) or "\0" in word:
        return
    if is_program and os.sep not in word and shutil.which(word) is not None:
        return
    if len(word) < 200 and (study_dir / word).is_file():
        raise StudyFileError(
            f'command: "{word}" is a file beside the study file, but commands run in the folder of their '
            f'own trial. Write "{{study_dir}}/{word}", or "./{word}" if a file of that folder is meant.'
        )
