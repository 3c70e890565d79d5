"""Which settings a new study gets: what is recognised, unless an option or an answer says otherwise."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from overtone.cli.asking import Asker
from overtone.errors import StudyFileError
from overtone.run.definition.command import as_text
from overtone.run.definition.writing.argparse_source import OpenOption, ScriptOption, ScriptOptions
from overtone.run.definition.writing.draft import Word
from overtone.run.definition.writing.recognition import Candidate
from overtone.run.definition.writing.setting_text import (
    FORMS,
    Setting,
    name_and_values,
    typed_values,
    value_in,
    values_text,
)
from overtone.run.definition.writing.typed_command import TypedCommand

# What is typed instead of values for what is no setting.
KEEP: Final = "keep"
ON_OFF: Final = {"on,off", "off,on", "true,false", "false,true"}


@dataclass(frozen=True)
class Entry:
    """What may become a setting.

    Attributes:
        name: of the setting.
        shown: how the command has it.
        setting: that is offered or taken; None if there is none.
        reason: why there is none.
        text: its present value, which other values are to hold; None if it is not known.
        is_fixed: whether it can be taken or not, but has no other values than its own.
        word: that it adds to the command; None if it stands there.
        remark: of it in the file.
        is_appended: whether it was neither in the command nor in a script.
    """

    name: str
    shown: str
    setting: Setting | None
    reason: str = ""
    text: str | None = None
    is_fixed: bool = False
    word: Word | None = None
    remark: str = ""
    is_appended: bool = False


def entries_of(typed: TypedCommand, options: ScriptOptions | None) -> list[Entry]:
    """What may become a setting: of the typed command, then of a script's options."""
    found = [_of_candidate(candidate) for candidate in typed.candidates]
    if options is not None:
        found += [_of_option(option) for option in options.taken]
        found += [_of_open(option) for option in options.open]
    unique: dict[str, Entry] = {}
    for entry in found:
        unique.setdefault(entry.name, entry)
    return list(unique.values())


def chosen_of(
    entries: Sequence[Entry], given: Sequence[str], asker: Asker, *, may_append: bool
) -> list[Entry]:
    """The entries as they go into the file, in their order, and then what is new.

    Args:
        entries: what may become a setting.
        given: `NAME=VALUES`, or `NAME=keep` for what is none.
        asker: is asked about the others.
        may_append: whether the command can be given more words.

    Raises:
        StudyFileError: on a mistake in what is given, or if there is no setting.
    """
    chosen = {entry.name: entry for entry in entries}
    for text in given:
        _take(chosen, text, may_append=may_append)
    if asker.may_ask:
        named = {_named(text, chosen)[0] for text in given}
        _ask_about([entry for entry in entries if entry.name not in named], chosen, asker)
        _ask_for_more(chosen, asker, may_append=may_append)
    if not any(entry.setting for entry in chosen.values()):
        raise StudyFileError(
            "there is no setting: nothing in the command looks like one, or all was left as it is. Give at "
            "least one, such as --setting 'lr=1e-4..1 log'."
        )
    return list(chosen.values())


def _of_candidate(candidate: Candidate) -> Entry:
    return Entry(
        candidate.name,
        candidate.shown,
        candidate.offer.setting,
        candidate.offer.reason,
        candidate.text,
        candidate.is_fixed,
    )


def _of_option(option: ScriptOption) -> Entry:
    setting = option.setting
    is_fixed = isinstance(option.word, dict) or option.word == f"{{{setting.parameter.name}}}"
    text = None if setting.default is None else as_text(setting.default)
    return Entry(
        setting.parameter.name,
        option.option,
        setting,
        text=text,
        is_fixed=is_fixed,
        word=option.word,
        remark=option.remark,
    )


def _of_open(option: OpenOption) -> Entry:
    return Entry(
        option.name,
        option.option,
        None,
        option.reason,
        option.text,
        word=option.word,
        remark=option.remark,
    )


def _named(text: str, chosen: Mapping[str, Entry]) -> tuple[str, str]:
    """`NAME=VALUES` in two; the name is that of an entry, whose option may be spelt with hyphens."""
    name, values = name_and_values(text)
    plain = name.replace("-", "_")
    return (plain if name not in chosen and plain in chosen else name), values


def _take(chosen: dict[str, Entry], text: str, *, may_append: bool) -> None:
    """Put what `NAME=VALUES` says among the entries."""
    name, values = _named(text, chosen)
    if name in chosen:
        chosen[name] = _with_values(chosen[name], values)
        return
    if values == KEEP:
        raise StudyFileError(
            f"{text}: nothing of this name would be a setting, so it stays as it is."
        )
    setting = typed_values(name, values)
    if not may_append:
        raise StudyFileError(
            f"the setting {name!r} is not in the command, and a command for a shell cannot be given more "
            f"words at its end. Write {{{name}}} where its value belongs."
        )
    word = f"--{name}={{{name}}}"
    chosen[name] = Entry(
        name, word, setting, word=word, is_appended=True, remark="Given at the end of the command."
    )


def _with_values(entry: Entry, values: str) -> Entry:
    """An entry that takes the values that were typed, and the present one as its default."""
    if values == KEEP:
        return replace(entry, setting=None, reason="")
    if entry.is_fixed:
        if values.replace(" ", "") not in ON_OFF and values != _values(entry):
            raise StudyFileError(
                f"the setting {entry.name!r} stands for {entry.shown}, which has no other values: write "
                f"{entry.name}=on,off to try it, or {entry.name}={KEEP} to leave it as it is."
            )
        return entry
    setting = typed_values(entry.name, values)
    if setting.default is None and entry.text is not None:
        setting = replace(setting, default=value_in(setting.parameter, entry.text))
    return replace(entry, setting=setting)


def _ask_about(entries: Sequence[Entry], chosen: dict[str, Entry], asker: Asker) -> None:
    """Whether the offered settings are taken, all at once or one by one."""
    offered = [entry for entry in entries if entry.setting is not None]
    asker.say()
    for line in _offered_lines(offered, [entry for entry in entries if entry.setting is None]):
        asker.say(line)
    if not offered or asker.ask(
        "Take these? yes, or no to go through them one by one", _yes, default="yes", missing=""
    ):
        return
    asker.say(f"Enter takes what stands in brackets, {KEEP} leaves it as it is, or type {FORMS}.")
    for entry in offered:

        def read(values: str, entry: Entry = entry) -> Entry:
            return entry if values == _values(entry) else _with_values(entry, values)

        chosen[entry.name] = asker.ask(f"  {entry.shown}", read, default=_values(entry), missing="")


def _ask_for_more(chosen: dict[str, Entry], asker: Asker, *, may_append: bool) -> None:
    def read(text: str) -> bool:
        if text == "none":
            return True
        _take(chosen, text, may_append=may_append)
        return False

    is_over = False
    while not is_over:
        has_one = any(entry.setting for entry in chosen.values())
        question = "Another setting, as NAME=VALUES" if has_one else "A setting, as NAME=VALUES"
        is_over = asker.ask(question, read, default="none" if has_one else None, missing="")


def _yes(text: str) -> bool:
    if text.lower() not in ("y", "yes", "n", "no"):
        raise StudyFileError(f"{text!r} is not understood: expected is yes or no.")
    return text.lower().startswith("y")


def _values(entry: Entry) -> str:
    if entry.setting is None:
        return KEEP
    text = values_text(entry.setting.parameter)
    return "on,off" if text in ON_OFF and entry.is_fixed else text


def _offered_lines(offered: Sequence[Entry], others: Sequence[Entry]) -> Iterator[str]:
    width = max((len(entry.shown) for entry in (*offered, *others)), default=0)
    if offered:
        yield "These look like settings; the present values become the default:"
        for entry in offered:
            yield f"  {entry.shown.ljust(width)}  {entry.name} = {_values(entry)}"
    if others:
        yield "These are left as they are:"
        yield from (f"  {entry.shown.ljust(width)}  {entry.reason}" for entry in others)
    if not offered and not others:
        yield "Nothing in the command looks like a setting, so name them."
        yield f"One is written NAME={FORMS}."
