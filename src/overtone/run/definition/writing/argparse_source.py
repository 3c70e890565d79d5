"""The options of a Python script that uses argparse as settings, read from its source: nothing of it is run.

    type=int, float, default=...          a range around the default
    choices=[...]                         these
    action="store_true", "store_false"    a flag that is there or not
    action=BooleanOptionalAction          --name or --no-name

What is none of this is named with the reason.
"""

import ast
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from overtone.errors import SpaceError, StudyFileError
from overtone.run.definition.command import RESERVED, as_text, literal
from overtone.run.definition.writing.draft import Word
from overtone.run.definition.writing.offers import offer, range_around, why_no_setting
from overtone.run.definition.writing.script_source import UNKNOWN, ScriptSource, script_source
from overtone.run.definition.writing.setting_text import Setting, number_in
from overtone.space import Categorical, Choice, Integer, Real
from overtone.space.values import is_among

LONGEST_QUOTE: Final = 60
# The choice of an option that need not be given, and has no default.
UNSET: Final = "unset"
_GROUPS: Final = {
    "add_parser": "it belongs to a subcommand",
    "add_mutually_exclusive_group": "only one option of its group may be given",
}
_NUMBERS: Final = ("int", "float")


@dataclass(frozen=True)
class ScriptOption:
    """An option of a script as a setting.

    Attributes:
        option: as it is written in a command, such as `--lr`.
        setting: its values, and its default.
        word: of the command.
        remark: its help.
    """

    option: str
    setting: Setting
    word: Word
    remark: str


@dataclass(frozen=True)
class OpenOption:
    """An option that would be a setting if its values were known.

    Attributes:
        option, word, remark: as of a `ScriptOption`.
        name: that the setting would have.
        text: its default, as a command would write it; None if there is none.
        reason: why it is no setting.
    """

    option: str
    name: str
    word: Word
    text: str | None
    reason: str
    remark: str


@dataclass(frozen=True)
class ScriptOptions:
    """What a script's source says of its options.

    Attributes:
        taken: those that are settings.
        open: those that are none until someone gives their values.
        left_out: what is none, each with the reason.
        demanded: those of the latter that the script does not run without.
    """

    taken: tuple[ScriptOption, ...]
    open: tuple[OpenOption, ...]
    left_out: tuple[str, ...]
    demanded: tuple[str, ...]


def script_options(path: Path) -> ScriptOptions:
    """The options that a Python script reads with argparse.

    Raises:
        StudyFileError: if the file cannot be read as Python, or has no `add_argument`.
    """
    source = script_source(path)
    if not source.calls:
        raise StudyFileError(
            f"{path}: there is no call of add_argument in it. Are its options defined in another file, or "
            "with another library than argparse? Then leave out --from, and write them into the command."
        )
    taken: dict[str, ScriptOption] = {}
    unvalued: dict[str, OpenOption] = {}
    left_out: list[str] = []
    demanded: list[str] = []
    for call in source.calls:
        definition = _Definition(call, source)
        try:
            option = definition.option()
            if option.setting.parameter.name in taken:
                raise _NoSettingError("an option of this name stands before it")
            taken[option.setting.parameter.name] = option
        except _NoSettingError as error:
            if definition.is_demanded():
                demanded.append(definition.shown)
            reason = f"{error} (line {call.lineno})"
            unknown = definition.open_option(reason)
            if unknown is None or unknown.name in (taken.keys() | unvalued.keys()):
                left_out.append(f"{definition.shown}: {reason}")
            else:
                unvalued[unknown.name] = unknown
    return ScriptOptions(
        tuple(taken.values()), tuple(unvalued.values()), tuple(left_out), tuple(demanded)
    )


class _NoSettingError(Exception):
    """Why an option is no setting."""


class _Definition:
    """One call of add_argument.

    Attributes:
        shown: the option as a person knows it.
    """

    def __init__(self, call: ast.Call, source: ScriptSource) -> None:
        self._call = call
        self._source = source
        self._given = {keyword.arg: keyword.value for keyword in call.keywords}
        self._names = [
            argument.value
            for argument in call.args
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
        ]
        long = [name for name in self._names if name.startswith("--")]
        self.shown = (long or self._names or [_quoted(call)])[0]
        self._name = self.shown.lstrip("-").replace("-", "_")
        if self._name in RESERVED:
            self._name += "_value"

    def option(self) -> ScriptOption:
        """The option as a setting; raises _NoSettingError with the reason if it is none."""
        self._refuse_unreadable()
        reason = why_no_setting(self._name)
        if reason:
            raise _NoSettingError(reason)
        action = self._given.get("action")
        match self._source.value(action):
            case None | "store":
                setting, word = self._valued()
            case "store_true" | "store_false":
                setting, word = self._flag()
            case _ if action is not None and ast.unparse(action).endswith("BooleanOptionalAction"):
                setting, word = self._switch()
            case _:
                raise _NoSettingError(
                    f"its action {_quoted(action)} is none that a setting can stand for"
                )
        return ScriptOption(self.shown, setting, word, self._remark())

    def open_option(self, reason: str) -> OpenOption | None:
        """The option as one that lacks its values alone; None if it is of another kind."""
        try:
            self._refuse_unreadable()
        except _NoSettingError:
            return None
        if self._value("action") not in (None, "store") or self._value("nargs") not in (None, "?"):
            return None
        default = self._value("default")
        text = as_text(default) if type(default) in (int, float, str) else None
        word = f"{literal(self.shown)}={{{self._name}}}"
        return OpenOption(self.shown, self._name, word, text, reason, self._remark())

    def is_demanded(self) -> bool:
        """Whether the script ends with an error where it is not given."""
        if self._names and not self._names[0].startswith("-"):
            return self._value("nargs") not in ("?", "*")
        return self._value("required") is True

    def _refuse_unreadable(self) -> None:
        if not self._names or len(self._names) < len(self._call.args):
            raise _NoSettingError("its name is only known when the script runs")
        if None in self._given:
            raise _NoSettingError("its arguments are only known when the script runs")
        if not self._names[0].startswith("-"):
            raise _NoSettingError("it is no option but a word of the command; write it there")
        reason = _GROUPS.get(self._source.maker_of(self._call))
        if reason:
            raise _NoSettingError(reason)

    def _value(self, key: str) -> Any:
        return self._source.value(self._given.get(key))

    def _default(self) -> Any:
        dest = self._value("dest") or self.shown.lstrip("-").replace("-", "_")
        found = self._source.default_of(str(dest), self._given.get("default"))
        value = self._source.value(found)
        if value is UNKNOWN:
            raise _NoSettingError(
                f"its default is only known when the script runs: {_quoted(found)}"
            )
        return value

    def _flag(self) -> tuple[Setting, Word]:
        setting = Setting(Categorical(self._name, (False, True)), False)
        return setting, {"words": [literal(self.shown)], "when": {self._name: True}}

    def _switch(self) -> tuple[Setting, Word]:
        if not self.shown.startswith("--"):
            raise _NoSettingError("it has no long name, so it cannot be turned off")
        spellings = (f"--no-{self.shown[2:]}", self.shown)
        default = self._default()
        return self._chosen(spellings, None if default is None else spellings[bool(default)], "")

    def _valued(self) -> tuple[Setting, Word]:
        if self._given.get("nargs") is not None and self._value("nargs") != "?":
            raise _NoSettingError("it takes several values")
        before = f"{literal(self.shown)}="
        default = self._default()
        if "choices" in self._given:
            return self._chosen(self._choices(), default, before)
        return Setting(*self._range(default)), f"{before}{{{self._name}}}"

    def _chosen(
        self, choices: tuple[Choice, ...], default: Any, before: str
    ) -> tuple[Setting, Word]:
        """One of several choices, or none of them where the option need not be given."""
        word = f"{before}{{{self._name}}}"
        try:
            if default is None and self._value("required") is not True:
                parameter = Categorical(self._name, (UNSET, *choices))
                return Setting(parameter, UNSET), {
                    "words": [word],
                    "when": {self._name: list(choices)},
                }
            parameter = Categorical(self._name, choices)
        except SpaceError as error:
            raise _NoSettingError(str(error)) from None
        chosen = choices[0] if default is None else default
        if not is_among(chosen, choices):
            raise _NoSettingError(f"its default {chosen!r} is none of its choices")
        return Setting(parameter, chosen), word

    def _choices(self) -> tuple[Choice, ...]:
        found = self._value("choices")
        if not isinstance(found, list | tuple | set | dict):
            raise _NoSettingError(
                f"its choices are only known when the script runs: {_quoted(self._given['choices'])}"
            )
        choices = tuple(sorted(found) if isinstance(found, set) else found)
        kind = int | float if self._type() in _NUMBERS else str
        if not all(isinstance(choice, kind) and not isinstance(choice, bool) for choice in choices):
            raise _NoSettingError(
                f"argparse takes none of its choices {_quoted(self._given['choices'])}, since its type is "
                f"{self._type()}"
            )
        if len(choices) < 2:
            raise _NoSettingError("it has one choice only")
        return choices

    def _type(self) -> str:
        kind = self._given.get("type")
        return "str" if kind is None else ast.unparse(kind)

    def _range(self, default: Any) -> tuple[Any, Choice]:
        kind = self._type()
        if kind == "bool" or (kind == "str" and isinstance(default, bool)):
            raise _NoSettingError(
                "argparse takes any text for true here, even False; action=BooleanOptionalAction would do"
            )
        if default is None:
            raise _NoSettingError("it has no default, so a range around it cannot be guessed")
        if isinstance(default, str) and kind in _NUMBERS:
            default = number_in(default)
        if isinstance(default, bool):
            return Categorical(self._name, ("False", "True")), str(default)
        if isinstance(default, str):
            return self._offered(default)
        if kind == "str" or not isinstance(default, int | float):
            raise _NoSettingError(f"its type is {kind}, but its default is {default!r}")
        value = float(default) if kind == "float" else default
        parameter = range_around(self._name, value)
        if parameter is None or (kind == "int" and not isinstance(parameter, Integer)):
            raise _NoSettingError(f"its default {as_text(value)} says nothing of its scale")
        return parameter, float(value) if isinstance(parameter, Real) else value

    def _offered(self, text: str) -> tuple[Any, Choice]:
        offered = offer(self._name, text)
        if offered.setting is None or not isinstance(offered.setting.parameter, Categorical):
            raise _NoSettingError(offered.reason or "its other values are not known")
        return offered.setting.parameter, text

    def _remark(self) -> str:
        text = self._value("help")
        if not isinstance(text, str) or text == "==SUPPRESS==":
            return ""
        default = self._source.value(self._given.get("default"))
        shown = "?" if default is UNKNOWN else str(default)
        return text.replace("%(default)s", shown).replace("%%", "%")


def _quoted(node: ast.expr | None) -> str:
    text = "" if node is None else ast.unparse(node)
    return text if len(text) <= LONGEST_QUOTE else f"{text[: LONGEST_QUOTE - 3]}..."
