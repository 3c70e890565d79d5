"""What a study file says, and what one run of its command has shown, line by line."""

import math
import shlex
import textwrap
from collections.abc import Iterator, Sequence
from typing import Final

from overtone.run.definition.command import Surroundings, as_text
from overtone.run.definition.study_file import StudyFile
from overtone.run.engines.local.rehearsal import Rehearsal
from overtone.space import (
    Categorical,
    Choice,
    Configuration,
    Integer,
    Parameter,
    Real,
    SearchSpace,
    conditions,
    describe_condition,
)
from overtone.space.counting import combinations

WIDTH: Final = 100
INDENT: Final = 11
LONGEST_CHOICES: Final = 70


def understood_lines(study_file: StudyFile, configuration: Configuration) -> Iterator[str]:
    """What a study file says, and the command line of a configuration."""
    space, timeout = study_file.space, study_file.timeout
    yield f"{'study':{INDENT}}{study_file.name}, of {study_file.path}"
    yield from _line("metric", f"{study_file.metric}, to be {study_file.direction[:-3]}ised")
    at_most = "" if timeout is None else f", each for at most {timeout:g} s"
    side = "one at a time" if study_file.parallel == 1 else f"{study_file.parallel} at a time"
    yield from _line("trials", f"{study_file.trials}, {side}{at_most}")
    yield from _special_lines(study_file)
    yield from _line("settings", _kinds(space))
    width = min(max(len(name) for name in space.names), 30)
    for parameter in space.parameters:
        yield f"{'':{INDENT}}{parameter.name.ljust(width)}  {values_words(parameter)}"
    yield from _line("size", size_words(space, study_file.trials))
    budget = None if study_file.budget is None else study_file.budget.budgets.least
    where = Surroundings(str(study_file.directory), ".", 0, budget=budget)
    argv = study_file.command.argv(configuration, where)
    # Never broken, so that it can be copied.
    yield f"{'command':{INDENT}}{shlex.join(argv)}"
    yield from _unused(study_file)


def rehearsed_words(study_file: StudyFile) -> str:
    """What is run once."""
    words = "the default"
    if study_file.default is None:
        words = (
            "the first of each choice and the middle of each range, since there is no [default],"
        )
    if study_file.budget is not None:
        words += f" to the least budget, {study_file.budget.budgets.least},"
    if study_file.fidelity is not None:
        words += (
            f" at the fidelity of the first stage, {_fixed(dict(study_file.fidelity.stages[0]))},"
        )
    return words


def rehearsal_lines(study_file: StudyFile, found: Rehearsal) -> Iterator[str]:
    """What one run of the command has shown, and what to do if it has failed."""
    if found.code is not None:
        yield from _line(
            "ended", f"with exit code {found.code}, after {seconds_words(found.seconds)}"
        )
    if found.strays:
        yield from _line("warning", f"it left {found.strays} programs running, which were ended")
    if found.failure is None:
        assert found.sighting is not None
        yield from _line("read", f"{study_file.metric} = {found.value!r}")
        yield f"{'':{INDENT}}{_place(found)}"
        yield from _line("estimate", estimate_words(study_file, found.seconds))
        return
    yield from _line("failed", found.failure)
    for name, lines in (("output", found.output), ("errors", found.errors)):
        for i, line in enumerate(lines):
            yield f"{name if i == 0 else '':{INDENT}}| {line}"
    if found.code is not None and not found.output and not found.errors:
        yield from _line("output", "none: it printed nothing")
    for miss in found.misses:
        yield from _line("likely", f"meant is the line: {miss.line}")
        yield from _line("", f"but {miss.advice}")
    yield from _advice(study_file, found)


def values_words(parameter: Parameter) -> str:
    """The values of a parameter in words, with its condition."""
    when = f", when {describe_condition(parameter)}" if conditions(parameter) else ""
    match parameter:
        case Categorical(choices=choices):
            return f"{_listed(choices)}{when}"
        case Integer(low=low, high=high, step=step, log=log):
            steps = f" in steps of {step}" if step != 1 else ""
            return f"{low} to {high}{steps}{', logarithmic' if log else ''}{when}"
        case Real(low=low, high=high, step=spacing, log=log):
            steps = "" if spacing is None else f" in steps of {spacing:g}"
            return f"{low:g} to {high:g}{steps}{', logarithmic' if log else ''}{when}"


def size_words(space: SearchSpace, trials: int) -> str:
    """How many configurations there are, beside what the trials can try."""
    count = combinations(space)
    continua = sum(isinstance(p, Real) and p.step is None for p in space.parameters)
    if count is None:
        return "its conditions are too many to count its configurations"
    text = f"{number_words(count)} combinations" if count != 1 else "one combination"
    if continua:
        numbers = "a real number" if continua == 1 else f"{continua} real numbers"
        return (
            f"{text}, and in them any value of {numbers}"
            if count > 1
            else f"any value of {numbers}"
        )
    if count <= trials:
        return f"{text}, which {trials} trials can try one by one"
    return f"{text}, of which {trials} are tried"


def number_words(number: int) -> str:
    """A whole number as it is read: exact up to six digits, in millions and powers of ten above."""
    if number < 1_000_000:
        return f"{number:,}"
    for size, word in (
        (10**12, "million million"),
        (10**9, "thousand million"),
        (10**6, "million"),
    ):
        if size <= number < 1000 * size:
            return f"about {number / size:.3g} {word}"
    return f"about 10^{math.floor(math.log10(number) + 0.5)}"


def seconds_words(seconds: float) -> str:
    """A duration as it is read."""
    units = ((86400, "days"), (3600, "h"), (60, "min"), (0, "s"))
    size, unit = next((size, unit) for size, unit in units if seconds >= size)
    number = seconds / (size or 1)
    return f"{number:.2g} {unit}" if number < 10 else f"{number:.0f} {unit}"


def estimate_words(study_file: StudyFile, seconds: float) -> str:
    """How long the study would take, if every run took as long as one did."""
    if study_file.budget is not None:
        budgets = study_file.budget.budgets
        times = budgets.most / budgets.least
        return (
            f"a run to the full budget may take {times:g} times as long, {seconds_words(times * seconds)}; "
            "most trials are stopped before"
        )
    together = seconds_words(math.ceil(study_file.trials / study_file.parallel) * seconds)
    if study_file.parallel == 1:
        return f"{study_file.trials} trials would take {together}, if each took as long as this one"
    return (
        f"{study_file.trials} trials would take {together}, if each took as long as this one and "
        f"{study_file.parallel} at a time did not slow each other"
    )


def _unused(study_file: StudyFile) -> Iterator[str]:
    """What of the study file the command never uses."""
    mentioned = {name for part in study_file.command.parts for name in part.names}
    names = (*study_file.space.names, *study_file.command.fixed)
    unused = [] if "parameters" in mentioned else [n for n in names if n not in mentioned]
    only_way = "the file that the environment variable OVERTONE_PARAMETERS names"
    if len(unused) == len(names):
        text = f"no setting is in the command, so the program must read all of them from {only_way}"
        yield from _line("note", text)
    elif unused:
        verb = "is" if len(unused) == 1 else "are"
        text = (
            f"{', '.join(unused)} {verb} not in the command: unless the program reads {only_way},"
        )
        yield from _line(
            "warning", f"{text} nothing changes with {'it' if verb == 'is' else 'them'}"
        )
    if study_file.budget is not None and "budget" not in mentioned:
        text = "{budget} is not in the command: unless the program reads the environment variable"
        yield from _line("warning", f"{text} OVERTONE_BUDGET, each run does all of its work")


def _special_lines(study_file: StudyFile) -> Iterator[str]:
    sampler = type(study_file.sampler).__name__.removesuffix("Settings").lower()
    yield from _line("search", f"{sampler}, seed {study_file.sampler.seed}")
    if study_file.repeats is None:
        yield from _line("repeats", "none")
    else:
        yield from _line("repeats", f"at most {study_file.repeats.share:.0%} of the trials")
    if study_file.budget is not None:
        budgets = study_file.budget.budgets
        yield from _line("budget", f"{budgets.least} to {budgets.most}")
    if study_file.fidelity is not None:
        yield from _line("fidelity", f"{_fixed(dict(study_file.fidelity.end))} at the end")
    if study_file.storage is not None:
        # The rest of the URL may hold a password.
        yield from _line("store", f"a database, {study_file.storage.split('://')[0]}")


def _kinds(space: SearchSpace) -> str:
    counts = [
        (sum(isinstance(p, kind) for p in space.parameters), one, many)
        for kind, one, many in (
            (Categorical, "choice", "choices"),
            (Integer, "whole number", "whole numbers"),
            (Real, "real number", "real numbers"),
        )
    ]
    kinds = ", ".join(f"{n} {one if n == 1 else many}" for n, one, many in counts if n)
    conditional = sum(bool(conditions(p)) for p in space.parameters)
    some = f"; {conditional} of them under a condition" if conditional else ""
    return f"{len(space)}: {kinds}{some}"


def _listed(choices: Sequence[Choice]) -> str:
    texts = [as_text(choice) or '""' for choice in choices]
    shown = len(texts)
    while shown > 2 and len(", ".join(texts[:shown])) > LONGEST_CHOICES:
        shown -= 1
    more = len(texts) - shown
    return ", ".join(texts[:shown]) + (f" and {more} more" if more else "")


def _fixed(values: Configuration) -> str:
    return ", ".join(f"{name} = {as_text(value)}" for name, value in values.items())


def _place(found: Rehearsal) -> str:
    assert found.sighting is not None
    where = "the standard output" if found.sighting.file == "stdout.txt" else "the results file"
    line = found.sighting.line.strip()
    return f"in the last line of {where} that names it: {line if len(line) < 80 else line[:77] + '...'}"


def _advice(study_file: StudyFile, found: Rehearsal) -> Iterator[str]:
    if found.cause is not None:
        yield from _line("likely", found.cause)
    elif found.code is None:
        yield from _line("to do", "correct the command in the study file")
    elif found.failure is not None and found.failure.startswith("timeout"):
        yield from _line(
            "to do", f"raise timeout in {study_file.path.name}, or let the command do less work"
        )
    elif found.code == 0:
        if not found.misses:
            wanted = f"{study_file.metric} = 0.93"
            yield from _line(
                "to do", f"let the program print a line such as {wanted} as its last one"
            )
        yield from _line(
            "",
            "If the program cannot be changed, write a script that calls it and prints that line, and let "
            "the command run the script",
        )
    else:
        yield from _line("to do", "run the command line above by hand, in an empty folder")


def _line(label: str, text: str) -> list[str]:
    """A labelled text, wrapped beside its label."""
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=f"{label:{INDENT}}",
        subsequent_indent=" " * INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )
