"""A setting as a person types it, and back: `lr=1e-4..1 log`, `width=16..256 step 16`, `mode=a,b`."""

import json
import re
from dataclasses import dataclass
from typing import Final

from overtone.errors import SpaceError, StudyFileError
from overtone.run.definition.command import as_text
from overtone.space import Categorical, Choice, Integer, Parameter, Real, code_of, value_of
from overtone.space.table import space_from_table

NUMBER: Final = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
FORMS: Final = "LOW..HIGH, such as 1e-4..1 log or 16..256 step 16, or choices such as adam,sgd"

_WHOLE: Final = re.compile(r"[+-]?\d+", re.ASCII)
_RANGE: Final = re.compile(
    rf"(?P<low>{NUMBER})\s*\.\.\s*(?P<high>{NUMBER})(?P<log>\s+log)?(?:\s+step\s+(?P<step>{NUMBER}))?",
    re.ASCII,
)
_CHOICE: Final = re.compile(r'\s*("(?:[^"\\]|\\.)*"|[^,"]*)\s*(?:,|$)')
_DEFAULT: Final = re.compile(r"(?P<values>.*\S)\s+default\s+(?P<default>\S.*)", re.DOTALL)


@dataclass(frozen=True)
class Setting:
    """A setting: its values, and the one to begin with, if that is known."""

    parameter: Parameter
    default: Choice | None = None


def typed_setting(text: str) -> Setting:
    """The setting that `NAME=VALUES` describes.

    Raises:
        StudyFileError: with what was found and what is expected.
    """
    return typed_values(*name_and_values(text))


def name_and_values(text: str) -> tuple[str, str]:
    """`NAME=VALUES` in two.

    Raises:
        StudyFileError: if one of them is missing.
    """
    name, _, values = text.partition("=")
    # Whoever writes the option as it stands in the command means its name.
    name, values = name.strip().lstrip("-"), values.strip()
    if not name or not values:
        raise StudyFileError(f"the setting {text!r} is not understood: expected is NAME={FORMS}.")
    return name, values


def typed_values(name: str, text: str) -> Setting:
    """The setting of this name that takes the values of a text.

    Raises:
        StudyFileError: with what was found and what is expected.
    """
    given = _DEFAULT.fullmatch(text.strip())
    parameter = _parameter(name, given["values"] if given else text.strip())
    return Setting(parameter, value_in(parameter, given["default"]) if given else None)


def value_in(parameter: Parameter, text: str) -> Choice:
    """The value of a parameter that a command writes so.

    Raises:
        StudyFileError: if the parameter has no such value.
    """
    if isinstance(parameter, Categorical):
        for choice in parameter.choices:
            if as_text(choice) == text:
                return choice
    else:
        value = number_in(text)
        try:
            return value_of(parameter, code_of(parameter, text if value is None else value))
        except SpaceError:
            pass
    raise StudyFileError(
        f"{parameter.name!r} is {text!r} at present, which is none of its values "
        f"{values_text(parameter)}. Let them hold it, or end them with: default VALUE."
    )


def values_text(parameter: Parameter) -> str:
    """The values of a parameter as they are typed: the inverse of `typed_values`."""
    match parameter:
        case Categorical(choices=choices):
            return ",".join(_choice_text(choice) for choice in choices)
        case Integer(low=low, high=high, step=step, log=log):
            return f"{low}..{high}{' log' if log else ''}{f' step {step}' if step != 1 else ''}"
        case Real(low=low, high=high, step=spacing, log=log):
            first = _shortest(low)
            # Whole bounds alone would make it a whole number.
            first += ".0" if _WHOLE.fullmatch(first) else ""
            step_text = "" if spacing is None else f" step {_shortest(spacing)}"
            return f"{first}..{_shortest(high)}{' log' if log else ''}{step_text}"


def number_in(text: str) -> int | float | None:
    """The number that a text is, and nothing else; None if it is none."""
    if not re.fullmatch(NUMBER, text, re.ASCII):
        return None
    return int(text) if _WHOLE.fullmatch(text) else float(text)


def scalar(text: str) -> Choice:
    """A word as the value that a command would write in the same letters; text, if there is no other."""
    if text in ("true", "false"):
        return text == "true"
    value = number_in(text)
    return text if value is None or as_text(value) != text else value


def _parameter(name: str, text: str) -> Parameter:
    found = _RANGE.fullmatch(text)
    entry: object
    if found:
        entry = {bound: number_in(found[bound]) for bound in ("low", "high")}
        entry |= {"log": True} if found["log"] else {}
        entry |= {"step": number_in(found["step"])} if found["step"] else {}
    else:
        entry = _choices(name, text)
    try:
        return space_from_table({name: entry})[name]
    except SpaceError as error:
        raise StudyFileError(f"the setting {error}") from None


def _choices(name: str, text: str) -> list[Choice]:
    if ".." in text and "," not in text:
        raise StudyFileError(
            f"{name!r}: the range {text!r} is not understood. Expected is {FORMS}."
        )
    choices: list[Choice] = []
    place = 0
    while place <= len(text):
        found = _CHOICE.match(text, place)
        if not found:
            raise StudyFileError(
                f"{name!r}: the choices {text!r} have a quote without its partner."
            )
        word = found[1].strip()
        choices.append(_unquoted(name, word) if word.startswith('"') else scalar(word))
        place = found.end() + (not found[0].endswith(","))
    if len(choices) < 2:
        raise StudyFileError(
            f"{name!r} has one value only, {text!r}, so there is nothing to try. Expected is {FORMS}."
        )
    return choices


def _unquoted(name: str, word: str) -> str:
    try:
        return str(json.loads(word))
    except ValueError:
        raise StudyFileError(
            f"{name!r}: the choice {word} is not understood: is a \\ meant as \\\\?"
        ) from None


def _choice_text(choice: Choice) -> str:
    text = as_text(choice)
    if not isinstance(choice, str):
        return text
    is_plain = text == text.strip() and not set(text) & set(',"\n') and scalar(text) == text
    is_plain = is_plain and text != "" and ".." not in text and " default " not in text
    if is_plain and text.isprintable():
        return text
    quoted = json.dumps(text, ensure_ascii=not text.isprintable())
    # What follows a default must not be looked for inside quotes.
    return quoted.replace(" default", "\\u0020default")


def _shortest(number: float) -> str:
    text = f"{number:g}"
    return text if float(text) == number else repr(number)
