"""What might be a setting in a typed command.

--lr=0.1, --lr 0.1, -n 100, -j4, KEY=4, -DKEY=4      a value, and a range around it
-O2                                                  a compiler's level
-fno-inline, -funroll-loops, -mavx2                  a compiler's switch, which has two spellings
--cache                                              a flag, which is there or not
{name}                                               a place that was named already
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from overtone.run.definition.command import RESERVED
from overtone.run.definition.writing.offers import Offer, offer, why_no_setting
from overtone.run.definition.writing.setting_text import Setting, number_in
from overtone.run.definition.writing.shell_words import ShellText, ShellWord
from overtone.space import Categorical, Integer

_COMPILER: Final = re.compile(
    r"(?:.*[/-])?(?:gcc|g\+\+|cc|c\+\+|clang|clang\+\+|gfortran|nvcc|emcc|icx|icpx)(?:-\d+)?"
)
_ASSIGNMENT: Final = re.compile(r"(?P<name>[A-Za-z_]\w*)=.*", re.ASCII | re.DOTALL)
_PLACED: Final = re.compile(r"\{([A-Za-z_]\w*)\}", re.ASCII)
_LEVEL: Final = re.compile(r"-O([0-3]|s|z|g|fast)")
_SWITCH: Final = re.compile(r"-(?P<kind>[fm])(?P<no>no-)?(?P<name>[a-z][a-z0-9-]*[a-z0-9])")
# A word that holds its value: what stands before it, the name, and the value.
_WITH_VALUE: Final = (
    re.compile(r"(?P<before>-D(?P<name>[A-Za-z_]\w*)=)(?P<text>.+)", re.ASCII | re.DOTALL),
    re.compile(r"(?P<before>--?(?P<name>[A-Za-z][\w.-]*)=)(?P<text>.+)", re.ASCII | re.DOTALL),
    re.compile(r"(?P<before>(?P<name>[A-Za-z_][\w.-]*)=)(?P<text>.+)", re.ASCII | re.DOTALL),
    re.compile(r"(?P<before>-(?P<name>[A-Za-z]))(?P<text>\d+(?:\.\d+)?)", re.ASCII),
)
_OPTION: Final = re.compile(r"(?P<dashes>--?)(?P<name>[A-Za-z][\w.-]*)", re.ASCII)
# What these do to a program is not how fast or well it runs.
_NO_SWITCHES: Final = {"openmp", "syntax-only", "pic", "pie", "sanitize", "exceptions", "rtti"}


@dataclass(frozen=True)
class Candidate:
    """What might be a setting.

    Attributes:
        name: that it would have.
        shown: the words as they were typed.
        place: of its word in the command; None if the name stands there in braces.
        before: what stands before the value in that word.
        text: the value at present; None if there is none.
        offer: what to try of it, or why nothing is offered.
        is_flag: whether its word is there or not, and has no value.
    """

    name: str
    shown: str
    place: int | None
    before: str
    text: str | None
    offer: Offer
    is_flag: bool = False

    @property
    def is_fixed(self) -> bool:
        """Whether its values are words of their own, to be taken or not, but not to be changed."""
        return self.is_flag or (
            self.place is not None and self.before == "" and self.text == self.shown
        )


def candidates(typed: ShellText) -> tuple[Candidate, ...]:
    """What might be a setting in a typed command, in order, each with a name of its own."""
    found: list[Candidate] = []
    names: set[str] = set()
    for candidate in _found(typed):
        if candidate.place is None and candidate.name in names:
            continue
        name = _free(candidate.name, names)
        names.add(name)
        found.append(candidate if name == candidate.name else _renamed(candidate, name))
    return tuple(found)


def first_words(words: Sequence[ShellWord]) -> set[int]:
    """The places of the programs: the first word of each part that is no assignment."""
    places = set()
    expected = True
    for place, word in enumerate(words):
        if word.is_operator:
            # A file's name follows an arrow.
            expected = not set(word.text) & set("<>")
        elif expected and not _ASSIGNMENT.fullmatch(word.text):
            places.add(place)
            expected = False
    return places


def _found(typed: ShellText) -> Iterator[Candidate]:
    words, programs, skip = typed.words, first_words(typed.words), -1
    # A script that hands its words to a compiler is given a level, too.
    has_level = any(_LEVEL.fullmatch(word.text) for word in words)
    compiles = has_level
    for place, word in enumerate(words):
        if place in programs:
            compiles = has_level or bool(_COMPILER.fullmatch(word.text))
        placed = [] if word.is_operator else _PLACED.findall(word.text)
        yield from (
            Candidate(name, f"{{{name}}}", None, "", None, Offer(None, "its values are not known"))
            for name in placed
            if name not in RESERVED
        )
        is_closed = typed.needs_shell and not word.is_plain
        if placed or place == skip or place in programs or word.is_operator or is_closed:
            continue
        if own := _of_word(place, word.text, compiles=compiles):
            yield own
        elif _OPTION.fullmatch(word.text):
            following = words[place + 1] if place + 1 < len(words) else None
            match following:
                case ShellWord(is_operator=False) if _is_value(word.text, following.text):
                    skip = place + 1
                    if following.is_plain or not typed.needs_shell:
                        yield _pair(skip, word.text, following.text)
                case ShellWord(is_operator=False) if not following.text.startswith("-"):
                    pass
                case _ if word.text.startswith("--"):
                    yield _flag(place, word.text, needs_shell=typed.needs_shell)


def _of_word(place: int, word: str, *, compiles: bool) -> Candidate | None:
    """The candidate of a word that is one by itself."""
    if level := _LEVEL.fullmatch(word):
        return Candidate("O", word, place, "-O", level[1], Offer(_level(level[1])))
    switch = _SWITCH.fullmatch(word)
    if switch and (compiles or switch["no"]) and switch["name"] not in _NO_SWITCHES:
        name = switch["name"]
        pair = (f"-{switch['kind']}{name}", f"-{switch['kind']}no-{name}")
        setting = Setting(Categorical(_plain(name), pair), word)
        return Candidate(_plain(name), word, place, "", word, Offer(setting))
    for form in _WITH_VALUE:
        if found := form.fullmatch(word):
            return _valued(place, word, found["name"], found["before"], found["text"])
    return None


def _level(level: str) -> Setting:
    if level.isdigit():
        return Setting(Integer("O", 0, 3), int(level))
    return Setting(Categorical("O", (2, 3, level)), level)


def _pair(place: int, option: str, text: str) -> Candidate:
    found = _OPTION.fullmatch(option)
    assert found is not None
    return _valued(place, f"{option} {text}", found["name"], "", text)


def _valued(place: int, shown: str, name: str, before: str, text: str) -> Candidate:
    plain = _plain(name)
    return Candidate(plain, shown, place, before, text, offer(plain, text))


def _flag(place: int, option: str, *, needs_shell: bool) -> Candidate:
    name = _plain(option.lstrip("-"))
    reason = why_no_setting(name)
    if needs_shell:
        reason = reason or "in a line for a shell a word cannot be left out"
    setting = None if reason else Setting(Categorical(name, (False, True)), True)
    return Candidate(name, option, place, "", None, Offer(setting, reason), is_flag=True)


def _is_value(option: str, following: str) -> bool:
    """Whether the word after an option is its value, and no setting of its own."""
    if number_in(following) is not None:
        return True
    is_own = _PLACED.search(following) or _WITH_VALUE[-2].fullmatch(following)
    # `-o out` and `-v train.csv` look alike, so a text counts only after a long option.
    return option.startswith("--") and not following.startswith("-") and not is_own


def _plain(name: str) -> str:
    return name.replace("-", "_").replace(".", "_")


def _free(name: str, names: set[str]) -> str:
    wanted = f"{name}_value" if name in RESERVED else name
    number, free = 2, wanted
    while free in names:
        free, number = f"{wanted}_{number}", number + 1
    return free


def _renamed(candidate: Candidate, name: str) -> Candidate:
    setting = candidate.offer.setting
    if setting is not None:
        setting = replace(setting, parameter=replace(setting.parameter, name=name))
    return replace(candidate, name=name, offer=replace(candidate.offer, setting=setting))
