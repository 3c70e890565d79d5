"""A command that was typed for a shell, as the words of a study file.

A trial runs in a folder of its own, so the files that are named in the command are looked for beside the
study file instead. What needs a shell gets one, `["sh", "-c", "...", "sh", "{study_dir}"]`, where the folder
is the shell's `$1`, since its name may hold anything.
"""

import itertools
import os
import re
import shlex
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from overtone.errors import StudyFileError
from overtone.run.definition.command import RESERVED, as_text, literal
from overtone.run.definition.writing.draft import Word
from overtone.run.definition.writing.recognition import Candidate, candidates, first_words
from overtone.run.definition.writing.setting_text import Setting
from overtone.run.definition.writing.shell_words import ShellText, ShellWord, shell_text
from overtone.space import Categorical

_PLAIN_VALUE: Final = re.compile(r"[\w@%+=:,./-]*", re.ASCII)
_SCRIPT: Final = re.compile(r"\.(?:py|sh|R|jl|js|pl|rb|lua)$")
_WRAPPERS: Final = {
    "env",
    "time",
    "nice",
    "nohup",
    "sh",
    "bash",
    "uv",
    "run",
    "python",
    "python3",
    "exec",
}
_OUTPUT: Final = re.compile(r"-o|--out|--output|\d*>{1,2}")
_WITH_PATH: Final = re.compile(r"(?P<before>--?[A-Za-z][\w.-]*=|-[IL])(?P<path>.+)", re.ASCII)


@dataclass(frozen=True)
class TypedCommand:
    """A typed command.

    Attributes:
        typed: its words.
        here: the folder that it was typed in.
        folder: the folder of the study file.
    """

    typed: ShellText
    here: Path
    folder: Path

    @cached_property
    def candidates(self) -> tuple[Candidate, ...]:
        """What might be a setting."""
        return candidates(self.typed)

    @property
    def needs_shell(self) -> bool:
        """Whether anything in it is for a shell to do."""
        return self.typed.needs_shell

    def name(self) -> str:
        """A name for the study: that of the program or script."""
        texts = [word.text for word in self.typed.words if not word.is_operator]
        script = next((text for text in texts if _SCRIPT.search(text)), None)
        own = (t for t in texts if not t.startswith("-") and "=" not in t and t not in _WRAPPERS)
        stem = Path(script or next(own, "study")).stem
        return re.sub(r"[^A-Za-z0-9_.-]+", "_", stem).lstrip("-._")[:100] or "study"

    def words(self, settings: Mapping[str, Setting]) -> list[Word]:
        """The words of a study file's command.

        Args:
            settings: by the names of the candidates that are taken; the others stay as they were typed.

        Raises:
            StudyFileError: if a setting's values mean something to the shell that the command takes.
        """
        if self.needs_shell:
            return self._shell_words(settings)
        words = [self._word(place, settings) for place in range(len(self.typed.words))]
        # An assignment before the program is for its environment.
        return words if 0 in self._programs else ["env", *words]

    @cached_property
    def _programs(self) -> set[int]:
        return first_words(self.typed.words)

    @cached_property
    def _outputs(self) -> set[str]:
        """The files that the command writes, which are each trial's own."""
        words = self.typed.words
        return {
            os.path.normpath(after.text)
            for before, after in itertools.pairwise(words)
            if _OUTPUT.fullmatch(before.text) and not after.is_operator
        }

    def _word(self, place: int, settings: Mapping[str, Setting]) -> Word:
        word = self.typed.words[place]
        candidate = self._taken(place, settings)
        if candidate is None:
            return self._kept(place, word, settings)
        if candidate.is_flag:
            return {"words": [literal(word.text)], "when": {candidate.name: True}}
        return f"{literal(candidate.before)}{{{candidate.name}}}"

    def _taken(self, place: int, settings: Mapping[str, Setting]) -> Candidate | None:
        return next((c for c in self.candidates if c.place == place and c.name in settings), None)

    def _kept(self, place: int, word: ShellWord, settings: Mapping[str, Setting]) -> str:
        before, path = _path_of(word.text)
        if self._is_beside(place, path):
            return f"{literal(before)}{{study_dir}}/{literal(self._relative(path))}"
        is_own = os.path.normpath(word.text) in self._outputs and os.sep not in word.text
        if is_own and (self.folder / word.text).is_file():
            # A trial's own file of the same name.
            return f"./{literal(word.text)}"
        return _with_placeholders(word.text, settings)

    def _is_beside(self, place: int, path: str) -> bool:
        """Whether a word names a file or folder that is there, and not one that each trial makes."""
        if not path or path.startswith((os.sep, "~")) or "\0" in path:
            return False
        if os.path.normpath(path) in self._outputs:
            return False
        there = self.here / path
        if place in self._programs and os.sep not in path:
            return there.is_file() and shutil.which(path) is None
        previous = self.typed.words[place - 1].text if place else ""
        # A folder's name alone may mean something else, such as the target of `make test`.
        is_folder = there.is_dir() and (
            os.sep in path or previous == "cd" or path != self._text(place)
        )
        return there.is_file() or is_folder

    def _text(self, place: int) -> str:
        return self.typed.words[place].text

    def _relative(self, path: str) -> str:
        return os.path.relpath(self.here / path, self.folder)

    def _shell_words(self, settings: Mapping[str, Setting]) -> list[Word]:
        for name, setting in settings.items():
            _refuse_meaningful(name, setting)
        script = "".join(self._script(settings))
        tail = ["sh", "{study_dir}"] if '"$1"' in script else []
        return ["sh", "-c", script, *tail]

    def _script(self, settings: Mapping[str, Setting]) -> Iterator[str]:
        end = 0
        for place, word in enumerate(self.typed.words):
            yield _with_placeholders(self.typed.source[end : word.start], settings)
            source, end = self.typed.source[word.start : word.end], word.end
            candidate = self._taken(place, settings)
            before, path = _path_of(word.text)
            if candidate is not None:
                yield f"{literal(candidate.before)}{{{candidate.name}}}"
            elif word.is_plain and not word.is_operator and self._is_beside(place, path):
                yield f'{literal(before)}"$1"/{literal(shlex.quote(self._relative(path)))}'
            else:
                yield _with_placeholders(source, settings)


def typed_command(source: str, *, here: Path, folder: Path) -> TypedCommand:
    """The command that was typed.

    Args:
        source: as it was typed.
        here: the folder that it was typed in.
        folder: that of the study file.

    Raises:
        StudyFileError: if it is empty, or a quote has no partner.
    """
    return TypedCommand(shell_text(source), here, folder)


def _path_of(text: str) -> tuple[str, str]:
    """A word in two: what stands before a path, and the path."""
    found = _WITH_PATH.fullmatch(text)
    return (found["before"], found["path"]) if found else ("", text)


def _with_placeholders(text: str, names: Collection[str]) -> str:
    """A text as a template that stands for itself, but for the placeholders that are known."""
    template = literal(text)
    for name in (*names, *RESERVED):
        template = template.replace(f"{{{{{name}}}}}", f"{{{name}}}")
    return template


def _refuse_meaningful(name: str, setting: Setting) -> None:
    parameter = setting.parameter
    texts: Sequence[str] = (
        [as_text(choice) for choice in parameter.choices]
        if isinstance(parameter, Categorical)
        else ()
    )
    for text in texts:
        if not _PLAIN_VALUE.fullmatch(text):
            raise StudyFileError(
                f"the setting {name!r} has the choice {text!r}, which a shell would not take as it is, and "
                "the command needs one. Write the command into a script, and tune that."
            )
