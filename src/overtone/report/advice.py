"""What to use, what to expect of it, and how that compares."""

from typing import TYPE_CHECKING, Final

from overtone.report.answers import Recommended, Setting
from overtone.report.words import brief, cut, filled, interval, listed, number, table, value
from overtone.search.conclusions.expectation import LEAST_SEEN
from overtone.search.conclusions.findings import Findings
from overtone.search.conclusions.noise import Noise
from overtone.space import Configuration

if TYPE_CHECKING:
    from overtone.report.explanation import Explanation

# A configuration of more settings is written as a paragraph.
MOST_LINES: Final = 24


def advice(explanation: "Explanation", metric: str) -> list[str]:
    """The configuration to use, and what to expect of it."""
    found = explanation.recommended
    if found is None:
        return ["No trial has a finite value so far."]
    lines = filled(f"Use this configuration (trial {found.trial})", "")
    lines += _settings(found.configuration)
    return lines + promise(found, explanation.findings, metric)


def _settings(configuration: Configuration) -> list[str]:
    """A line for each setting; of many, as many in a line as fit."""
    if len(configuration) <= MOST_LINES:
        return table([(cut(name), value(choice)) for name, choice in configuration.items()])
    return filled(", ".join(f"{name} = {value(choice)}" for name, choice in configuration.items()))


def promise(found: Recommended, findings: Findings, metric: str) -> list[str]:
    """What to expect of the recommendation, and how sure that is."""
    noise, expected = findings.noise, found.expected
    observed = brief(found.observed)
    if noise.is_none and found.repeats:
        return filled(f"{metric} = {observed} in each of {found.repeats + 1} runs.")
    if noise.is_none:
        return filled(
            f"{metric} = {observed} in one run. Other configurations were run again {_times(noise.repeats)}, "
            "and gave the same value again, so this one should, too."
        )
    y = findings.known.y
    if len(y) > 1 and (y == y[0]).all():
        return filled(f"{metric} = {observed}, as in all other trials.")
    if expected is None:
        return filled(f"{metric} = {observed} in one run; too few trials to say what to expect.")
    if noise.is_unknown:
        return filled(
            f"{metric} = {observed} in one run. Nothing was run twice, so how much runs vary is unknown; "
            f"going by all other trials, another run would give {interval(expected)}."
        )
    gave = f"Its {found.repeats + 1} runs gave {observed} in the mean"
    gave = gave if found.repeats else f"Its one run gave {observed}"
    lines = filled(f"Expect {metric} = {interval(expected)}. {gave}; {_varying(noise)}")
    advice = findings.recommendation
    if advice is not None and advice.luckiest != advice.number:
        best = brief(findings.sign * findings.values[advice.luckiest])
        lines += filled(
            f"Trial {advice.luckiest} gave {best}, the best value of all; given how much runs vary, that "
            "was probably luck."
        )
    return lines


def _varying(noise: Noise) -> str:
    assert noise.deviation is not None  # or it would be unknown
    return (
        f"runs of one configuration vary by {interval(noise.deviation)} (standard deviation; configurations "
        f"were run again {_times(noise.repeats)})."
    )


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def comparison(explanation: "Explanation", metric: str) -> list[str]:
    """The default, and what random search would be expected to reach, beside it."""
    findings, found = explanation.findings, explanation.recommended
    expected, sign = findings.expectation, findings.sign
    if found is None or (findings.default is None and expected is None):
        return []
    lines = ["How that compares"]
    if findings.default is not None:
        lines += _against_default(findings, metric)
    if expected is not None:
        low, high = sorted((sign * expected.low, sign * expected.high))
        about = "about " if expected.is_extrapolated else ""
        basis = (
            f"Random search with {expected.draws} trials would be expected to reach {about}"
            f"{number(sign * expected.mean)} ({number(low)} to {number(high)} in nine of ten resamples of "
            f"its {expected.seen} uniform draws, which cost no extra trial)"
        )
        if expected.seen < LEAST_SEEN and expected.is_extrapolated:
            basis += "; they are too few to say what further draws would gain"
        elif expected.is_extrapolated:
            basis += f"; beyond {expected.exact} it is extrapolated"
        lines += filled(f"{basis}.")
    return lines


def _against_default(findings: Findings, metric: str) -> list[str]:
    assert findings.default is not None  # asked before
    runs = findings.known.runs_of(findings.default)
    if not len(runs):
        return filled("The default configuration has no value: its trial failed.")
    observed = findings.sign * float(findings.known.y[runs].mean())
    again = f" in the mean of {len(runs)} runs" if len(runs) > 1 else ""
    gain = findings.fewest.gain if findings.fewest is not None else None
    better = f"; the gain over it is {interval(gain)}" if gain is not None else ""
    return filled(f"The default configuration gave {metric} = {brief(observed)}{again}{better}.")


def free_settings(explanation: "Explanation") -> list[str]:
    """The settings of which any value will do, each with the values of which that is not known.

    Those of the few changes are left out, since together they may be worth a little.
    """
    changed = {change.setting for change in explanation.changes}
    found = [
        s
        for s in explanation.settings
        if s.verdict == "free" and s.levels and s.setting not in changed
    ]
    return [f"{s.setting}{_except(s)}" for s in found]


def _except(setting: Setting) -> str:
    if not setting.avoided:
        return ""
    return f" (except {listed([value(avoided.value) for avoided in setting.avoided], 'or')})"


def transferred(findings: Findings) -> list[str]:
    """How well the stages' fidelity tells of the end's."""
    found = findings.transfer
    if found is None:
        return []
    lines = ["Whether the stages tell of the end"]
    verdict = "below" if found.is_doubtful else "not below"
    lines += filled(
        f"{len(found.pairs)} configurations were evaluated at both fidelities, for as many trials at the "
        f"end's: Spearman's rank correlation is {found.correlation:.2f} (95 % interval {found.low:.2f} to "
        f"{found.high:.2f}), {verdict} the threshold of {found.threshold:g}."
    )
    if found.is_doubtful:
        lines += filled("So what the stages kept may be wrong at the end.")
    return lines
