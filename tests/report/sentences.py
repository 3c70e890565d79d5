"""A report taken apart into its claims, each compared with the truth.

A paragraph without its line breaks is read from its beginning to its end by the patterns of its heading: what
no pattern matches is wrong, and so is every count, name, value and sign that is not that of the study or of
its function. An interval of 90 % may miss the truth now and then, and is counted.
"""

import functools
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from statistics import fmean

import numpy as np
from optuna.trial import FrozenTrial, TrialState
from report.known import PENALTY, Truth

from overtone.space import Categorical, Choice, Configuration, Parameter, Real, from_unit, value_of

# A number, an estimate, a value, a level of a setting, a share.
X = r"[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?"
E = rf"({X})(?: \(({X}) to ({X})\))?"
V = rf"(?:[A-Za-z_]\w*|{X}|-)"
L = rf"(?:{X} \.\. {X}|{V})"
P = r"(<?\d+)(?: %)?"
# Digits that are not written.
ROUNDED = 5e-4
# Shares in whole percents of the draws of a few hundred configurations.
SHARE = 0.05


@dataclass
class Judged:
    """What is wrong, which intervals missed, and how many claims there were."""

    wrong: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    claims: int = 0

    def must(self, holds: object, claim: str) -> None:
        self.claims += 1
        if not holds:
            self.wrong.append(claim)

    def may_miss(self, holds: object, claim: str) -> None:
        self.claims += 1
        if not holds:
            self.missed.append(claim)


class Reader:
    """The claims of one text about one study."""

    def __init__(self, truth: Truth) -> None:
        self.truth, self.judged = truth, Judged()
        self.trials = truth.study.get_trials(deepcopy=False)
        self.names = "(?:" + "|".join(sorted(truth.space.names, key=len, reverse=True)) + ")"
        self.list = rf"({self.names}(?:(?:, | and ){self.names})*)"
        self.sign = 1.0 if truth.study.direction.name == "MINIMIZE" else -1.0
        self.failed = [t for t in self.trials if t.value is None or t.value == PENALTY]
        self.valued = [t for t in self.trials if t not in self.failed]
        self.best: Configuration = {}
        self.few: Configuration = {}
        self.changed: list[str] = []
        self.failing: list[str] = []
        self.worths: dict[str, float] = {}
        self.verdicts: Counter[str] = Counter()
        self.setting = ""

    def read(self, text: str) -> Judged:
        for paragraph in text.split("\n\n"):
            heading = paragraph.split("\n")[0]
            flat = " ".join(paragraph.split())
            patterns = next((p for head, p in self.paragraphs() if re.match(head, heading)), None)
            if patterns is None:
                self.judged.wrong.append(flat)
                continue
            self.consume(flat, patterns)
        active = set(self.best)
        self.judged.must(set(self.verdicts) >= active, f"settings without a verdict: {active}")
        self.judged.must(max(self.verdicts.values()) == 1, f"two verdicts: {self.verdicts}")
        return self.judged

    def consume(self, flat: str, patterns: list[tuple[str, Callable[..., None]]]) -> None:
        place = 0
        while place < len(flat):
            for pattern, act in patterns:
                if (found := re.compile(pattern + r"(?: |$)").match(flat, place)) is not None:
                    try:
                        act(*found.groups())
                    except (
                        AttributeError,
                        KeyError,
                        LookupError,
                        StopIteration,
                        ValueError,
                    ) as error:
                        self.judged.wrong.append(f"of nothing: {found[0]}: {error!r}")
                    place = found.end()
                    break
            else:
                self.judged.wrong.append(f"not understood: {flat[place:]}")
                return

    def paragraphs(self) -> Iterator[tuple[str, list[tuple[str, Callable[..., None]]]]]:
        n, names = self.names, self.list
        some = rf"{n}(?: \(except {V}(?:(?:, | or ){V})*\))?"
        excepted = rf"({some}(?:(?:, | and ){some})*)"
        step = rf"({n}) ({V}) -> ({V})"
        yield (
            r"known:",
            [(r"known: (\d+) of (\d+) trials finished(?:, (\d+) of them failed)?", self.counts)],
        )
        yield (
            r"Use this",
            [
                (r"Use this configuration \(trial (\d+)\)", self.uses),
                (rf"({n}) ({V})", self.has),
                (
                    (
                        rf"value = ({X})(?: in one run\. Other configurations were run again "
                        rf"(once|\d+ times), and gave the same value again, so this one should, too"
                        r"| in each of (\d+) runs)\."
                    ),
                    self.gives,
                ),
                (
                    (
                        rf"Expect value = {E}\. Its (?:(\d+) runs|one run) gave ({X})(?: in the mean)?; runs "
                        rf"of one configuration "
                        rf"vary by "
                        rf"{E} \(standard deviation; configurations were run again (once|\d+ "
                        rf"times)\)\."
                    ),
                    self.expects,
                ),
                (
                    (
                        rf"Trial (\d+) gave ({X}), the best value of all; given how much runs vary, that "
                        rf"was "
                        r"probably luck\."
                    ),
                    self.luck,
                ),
            ],
        )
        yield (
            r"How that compares",
            [
                (r"How that compares", self.nothing),
                (
                    (
                        rf"The default configuration gave value = ({X})(?: in the mean of (\d+) "
                        rf"runs)?(?:; the gain over it is {E})?\."
                    ),
                    self.beats_default,
                ),
                (
                    (
                        rf"Random search with (\d+) trials would be expected to reach (?:about )?({X}) "
                        rf"\(({X}) to "
                        rf"({X}) in nine of ten resamples of its (\d+) uniform draws, which cost no extra "
                        rf"trial\)"
                        r"(?:; beyond (\d+) it is extrapolated)?\."
                    ),
                    self.random,
                ),
            ],
        )
        yield (
            r"The few changes",
            [
                (r"The few changes", self.nothing),
                (
                    (
                        r"From (the default|the values that are most common among the better half of the "
                        r"trials "
                        rf"\(there is no default\)), (?:(\d+) of (\d+) changes make|all (\d+) changes "
                        rf"make"
                        rf"|(1) change makes) (?:about {P} of )?the gain of {E}:"
                    ),
                    self.few_begin,
                ),
                (
                    (
                        rf"{step} worth {E}(, unsure)?, (by itself|with those above)(?: about)? {P}"
                        rf"(?:, with ({n}) = ({V}))?(, run and compared)?"
                        r"(, and without it trials likely fail)?"
                    ),
                    self.change,
                ),
                (rf"These may stay as they were: {names}\.", self.stay),
                (
                    rf"This was run (once|\d+ times)(?:: it made {P} of the measured gain)?\.",
                    self.ran,
                ),
                (r"This is a prediction: that configuration was not run\.", self.not_run),
            ],
        )
        yield (
            r"What each setting",
            [
                (r"What each setting does at the recommendation", self.nothing),
                (
                    r"How the metric would change if one setting alone had another value:",
                    self.nothing,
                ),
                (rf"({n}) = ({V})", self.begins),
                (rf"-> ({V}) {E}(?:, with ({n}) = ({V}))?", self.level),
            ],
        )
        yield (
            r"What is (free|not known)",
            [
                (r"What is (?:free|not known)", self.nothing),
                (
                    rf"Any value will do for {excepted}: no change of one is noticeable\.",
                    self.free,
                ),
                (
                    (
                        rf"Whether these matter is not sure: {names}\.(?: About \d+(?: to \d+)? more runs? "
                        rf"would tell of one\.)?"
                    ),
                    lambda listed: self.verdicts.update(named(listed)),
                ),
                (rf"Of these, {names} seems? to matter\.", self.seems_to_matter),
                (rf"Of the few changes, {names} (?:is|are) among them\.", self.changed_too),
                (
                    (
                        rf"{names} always changed together in these trials: what is said of one may be the "
                        rf"other's "
                        r"doing\."
                    ),
                    self.tied,
                ),
            ],
        )
        yield (
            r"What settings do",
            [
                (r"What settings do together", self.nothing),
                (
                    (
                        rf"{step} alone ({X}), {step} alone ({X}), both {E}: (?:(more|less) than the ({X}) "
                        rf"of "
                        r"the two|(together they make up for each other))\."
                    ),
                    self.together,
                ),
            ],
        )
        yield (
            r"What fails",
            [
                (r"What fails \((\d+) trials?\)", self.fails),
                (
                    (
                        rf"(\d+) of (\d+) failures ha(?:s|ve) ({n} = {L}(?: and {n} = {L})?); (?:all "
                        rf"(\d+)|"
                        r"(both)|(\d+) of (\d+)) trials with it failed\."
                    ),
                    self.rule,
                ),
                (
                    r"Reasons: (\d+ x .+?(?:; \d+ x .+?)*)(?= \d+ (?:of|more) | Likely |$)",
                    self.reasons,
                ),
                (r"(\d+) more failed, of which no cause could be shown\.", self.more_failed),
                (
                    (
                        r"Trials (\d+) to (\d+) failed one after another: that may have been no setting's "
                        r"doing\."
                    ),
                    self.burst,
                ),
                (r"No setting could be shown to make trials fail\.", self.no_rule),
                (
                    (
                        r"Likely to fail with the rest of the recommendation, as all trials like it did: "
                        rf"({n} = {V}(?:(?:, | and ){n} = {V})*)\."
                    ),
                    self.likely_fails,
                ),
            ],
        )
        yield (
            r"What mattered in stage",
            [
                (r"What mattered in stage (\d+) \((\d+) trials(?:, (\d+) failed)?\)", self.stage),
                (
                    (
                        r"Shares of what is explained, and in brackets of everything\. "
                        r"(?:Failed trials count as the worst value\. )?The fit explains "
                        r"\d+ % of how "
                        rf"trials that it has not seen are ordered; what is left varies by {X}\."
                    ),
                    self.nothing,
                ),
                (
                    (
                        rf"(\d+)% \(\d+%\) #* ?({n}(?: x {n})*) best ({L}(?:, {L})*) by {E} over ({L}"
                        rf"(?:, {L})*)"
                    ),
                    self.effect,
                ),
                (rf"Kept from here on: ((?:{n} = {L}(?: or {L})*(?:; )?)+)\.", self.kept),
            ],
        )
        yield (
            r"Over the whole space",
            [
                (r"Over the whole space", self.nothing),
                (
                    (
                        rf"Each one's part in how the metric varies over all configurations\. {P} is "
                        rf"listed, and {P} of the differences between trials is predicted without having "
                        r"seen them\."
                    ),
                    self.nothing,
                ),
                (
                    (
                        rf"{P} \({P} to {P}\) ({n}(?: x {n})*) best ({L}(?:, {L})*) by "
                        rf"({X}) over ({L}(?:, {L})*)"
                    ),
                    self.share,
                ),
                (rf"{P} (?:all else|not explained)", self.nothing),
            ],
        )

    # What is claimed, and whether it is so.

    def nothing(self, *_: object) -> None:
        self.judged.claims += 1

    def value(self, c: Configuration) -> float:
        return self.truth.mean(c)

    def read_value(self, name: str, text: str) -> Choice:
        return read_value(self.truth.space[name], text)

    def runs_of(self, c: Configuration) -> list[FrozenTrial]:
        return [t for t in self.valued if t.params == c]

    def near(self, mean: str, low: str | None, high: str | None, true: float, claim: str) -> None:
        """An estimate, and the truth."""
        size = abs(float(mean)) * ROUNDED
        ends = (float(mean) - size, float(mean) + size)
        if low is not None:
            self.judged.must(float(low) <= float(mean) <= float(high or "nan"), f"{claim}: ends")
            step = 10.0 ** -decimals(low, high or "")
            ends = (float(low) - step, float(high or "nan") + step)
        said = f"{claim}: {mean} ({low} to {high}), but {true:.6g}"
        self.judged.may_miss(ends[0] <= true <= ends[1], said)
        width = ends[1] - ends[0]
        self.judged.must(abs(true - float(mean)) <= 2 * width + 1e-9, f"far off: {said}")
        if ends[0] > width / 2 or ends[1] < -width / 2:
            self.judged.must(true * float(mean) > 0, f"sign: {said}")

    def counts(self, finished: str, planned: str, failed: str | None) -> None:
        states = Counter(t.state for t in self.trials)
        self.judged.must(int(finished) == len(self.trials), f"{finished} finished")
        self.judged.must(int(planned) == self.truth.tuning.trials, f"{planned} planned")
        # A penalty is a failure in other words.
        penalties = sum(t.value == PENALTY for t in self.trials)
        count = states[TrialState.FAIL] + penalties
        self.judged.must(int(failed or 0) == count, f"{failed} failed")

    def uses(self, number: str) -> None:
        self.best = dict(self.trials[int(number)].params)
        self.shown: list[str] = []
        first = min(t.number for t in self.runs_of(self.best))
        self.judged.must(int(number) == first, f"trial {number} is not the first of its kind")
        self.judged.must(self.best == self.truth.tuning.best_configuration, "another is the best")
        if not self.truth.noise:
            lowest = min(self.sign * t.value for t in self.valued)
            self.judged.must(self.sign * self.value(self.best) == lowest, "a better one was seen")

    def has(self, name: str, text: str) -> None:
        self.judged.must(shown(self.best.get(name)) == text, f"{name} = {text}")
        self.judged.must(name not in self.shown, f"{name} twice")
        self.shown.append(name)

    def gives(self, text: str, others: str | None, own: str | None) -> None:
        repeats = len(self.valued) - len({str(t.params) for t in self.valued})
        self.judged.must(others is None or times(others) == repeats, f"{others} again")
        self.judged.must(int(own or 1) == len(self.runs_of(self.best)), f"{own} runs")
        self.judged.must(self.shown == list(self.best), "not all settings are shown")
        self.judged.must(float(text) == float(f"{self.value(self.best):.6g}"), f"value {text}")
        groups = Counter(str(t.params) for t in self.valued)
        self.judged.must(max(groups.values()) > 1 and not self.truth.noise, "nothing ran again")

    def expects(self, *g: str) -> None:
        mean, low, high, runs, gave, deviation, least, most, again = g
        self.judged.must(self.shown == list(self.best), "not all settings are shown")
        self.near(mean, low, high, self.value(self.best), "expected value")
        own = [t.value for t in self.runs_of(self.best)]
        self.judged.must(int(runs or 1) == len(own), f"{runs} runs")
        self.judged.must(float(gave) == float(f"{fmean(own):.6g}"), f"it gave {gave}")
        self.near(deviation, least, most, self.truth.noise, "noise")
        repeats = len(self.valued) - len({str(t.params) for t in self.valued})
        self.judged.must(times(again) == repeats, f"{again} again")

    def luck(self, number: str, text: str) -> None:
        values = {t.number: self.sign * t.value for t in self.valued}
        self.judged.must(values[int(number)] == min(values.values()), f"trial {number} is best")
        self.judged.must(
            float(text) == float(f"{self.trials[int(number)].value:.6g}"), f"trial {number}: {text}"
        )
        # It is no better than the recommendation, beyond what can be noticed.
        worse = self.sign * (self.value(self.trials[int(number)].params) - self.value(self.best))
        self.judged.may_miss(worse > -self.truth.noise, f"trial {number} was no luck")

    def beats_default(self, text: str, runs: str | None, *gain: str) -> None:
        own = [t.value for t in self.runs_of(self.truth.default)]
        self.judged.must(float(text) == float(f"{fmean(own):.6g}"), f"default {text}")
        self.judged.must(int(runs or 1) == len(own), f"default in {runs} runs")
        if gain[0] is not None:
            self.near(*gain, self.gain(self.truth.default), "gain over the default")

    def gain(self, start: Configuration) -> float:
        return self.sign * (self.value(start) - self.value(self.best))

    def random(self, draws: str, mean: str, low: str, high: str, seen: str, *_: str) -> None:
        self.judged.must(int(draws) == len(self.trials), f"{draws} draws")
        self.judged.must(int(seen) <= len(self.trials), f"{seen} were seen")
        least = least_of(self.truth, int(draws), self.sign)
        self.judged.must(float(low) <= float(mean) <= float(high), "ends of random search")
        low_end, high_end = sorted((self.sign * float(low), self.sign * float(high)))
        self.judged.may_miss(low_end - 0.3 <= least <= high_end + 0.3, f"random search: {least}")

    def few_begin(self, start: str, *g: str) -> None:
        some, total, every, one, kept, *gain = g
        self.total = int(total or every or one)
        self.count = int(some or every or one)
        self.kept_share = kept
        self.judged.must((start == "the default") == (self.truth.default is not None), start)
        fewest = self.truth.tuning.explanation.fewest
        # Where the changes begin without a default is said in words only: it is taken from the record.
        self.start = self.truth.default or fewest.start
        self.few = dict(self.start)
        if self.truth.default is not None:
            self.near(*gain, self.gain(self.start), "gain")
            differ = sum(self.best.get(k) != v for k, v in self.start.items())
            self.judged.must(self.total == differ, f"{self.total} changes")

    def change(self, name: str, before: str, after: str, *g: str) -> None:
        mean, low, high, unsure, place, made, brought, to, _, fails = g
        self.judged.must((place == "by itself") == (not self.changed), f"{name} {place}")
        if fails is not None:
            self.failing.append(name)
        elif low is not None:
            self.judged.must(unsure is not None or float(low) > 0, f"{name} is not sure")
        self.judged.must(shown(self.start.get(name)) == before, f"{name} was {before}")
        self.judged.must(shown(self.best.get(name)) == after, f"{name} is {after}")
        self.few[name] = self.best[name]
        if brought is not None:
            self.few[brought] = self.best[brought]
            self.judged.must(shown(self.best[brought]) == to, f"{brought} = {to}")
        self.changed.append(name)
        if self.truth.default is not None:
            so_far = self.sign * (self.value(self.start) - self.value(self.few))
            so_far /= self.gain(self.start)
            self.judged.may_miss(abs(so_far - percent(made)) < 2 * SHARE, f"{name} {place} {made}")
        self.worths[name] = float(mean)
        self.judged.must(len(self.changed) <= self.count, "more changes than were said")
        if len(self.changed) < self.count:
            self.pending = getattr(self, "pending", [])
            self.pending.append((name, mean, low, high))
            return
        worths = list(self.worths.values())
        self.judged.must(worths == sorted(worths, reverse=True), "not in the order of their worth")
        for other, *estimate in [*getattr(self, "pending", []), (name, mean, low, high)]:
            without = {**self.few, other: self.start[other]}
            if other in self.failing:
                self.judged.must(self.truth.fails(without) is not None, f"fails without {other}")
                continue
            true = self.sign * (self.value(without) - self.value(self.few))
            self.near(*estimate, true, f"worth of {other}")
        if self.kept_share is not None and self.truth.default is not None:
            kept = self.gain(self.start) - self.sign * (
                self.value(self.few) - self.value(self.best)
            )
            true = kept / self.gain(self.start)
            self.judged.may_miss(abs(true - percent(self.kept_share)) < SHARE, f"kept {true}")
            self.judged.must(true > 0.8, f"the few changes keep {true}")

    def stay(self, listed: str) -> None:
        differ = {k for k in self.start if self.best.get(k) != self.start[k]}
        self.judged.must(set(named(listed)) == differ - set(self.changed), f"stay: {listed}")

    def ran(self, often: str, share: str | None) -> None:
        own = self.runs_of(self.few)
        self.judged.must(times(often) == len(own) > 0, f"run {often}")
        runs = [[t.value for t in self.runs_of(c)] for c in (self.start, self.few, self.best)]
        self.judged.must((share is None) == (not all(runs)), f"measured {share}")
        if share is None:
            return
        bound, few, best = map(fmean, runs)
        true = (bound - few) / (bound - best)
        self.judged.must(abs(true - percent(share)) < 0.006, f"measured {share}, but {true}")

    def not_run(self) -> None:
        self.judged.must(not self.runs_of(self.few), "it was run")

    def begins(self, name: str, text: str) -> None:
        self.setting = name
        self.verdicts.update([name])
        self.judged.must(shown(self.best.get(name)) == text, f"at {name} = {text}")

    def level(self, text: str, *g: str) -> None:
        mean, low, high, brought, to = g
        value = self.read_value(self.setting, text)
        changed = {**self.best, self.setting: value}
        if brought is not None:
            changed[brought] = self.read_value(brought, to)
        changed = in_space(self.truth, changed)
        self.judged.must(
            changed[self.setting] != self.best[self.setting], f"-> {text} is no change"
        )
        # What fails has no value to compare.
        is_seen = any(seen(t, self.setting, value) for t in self.valued)
        if self.truth.fails(changed) is None and is_seen:
            true = self.value(changed) - self.value(self.best)
            self.near(mean, low, high, true, f"{self.setting} -> {text}")

    def free(self, listed: str) -> None:
        gain = self.gain(self.truth.default) if self.truth.default else np.inf
        for one in named(listed):
            name, _, excepted = one.rstrip(")").partition(" (except ")
            self.verdicts.update([name])
            for value in levels_of(self.truth.space[name]):
                if shown(value) in excepted.split(" or "):
                    continue
                change = self.value({**self.best, name: value}) - self.value(self.best)
                noticed = max(self.truth.noise, 0.01 * gain)
                self.judged.must(abs(change) <= noticed, f"{name} is not free: {value}, {change}")

    def changed_too(self, listed: str) -> None:
        for name in named(listed):
            self.judged.must(name in self.verdicts, f"of {name} nothing is said to be unknown")
            default, best = (c.get(name) for c in (self.truth.default or {}, self.best))
            self.judged.must(default != best, f"{name} is not changed")

    def seems_to_matter(self, listed: str) -> None:
        here = self.value(self.best)
        for name in named(listed):
            self.judged.must(name in self.verdicts, f"of {name} nothing is said to be unknown")
            levels = levels_of(self.truth.space[name])
            most = max(abs(self.value({**self.best, name: value}) - here) for value in levels)
            self.judged.may_miss(most > 0, f"{name} does nothing")

    def tied(self, listed: str) -> None:
        names = named(listed)
        rows = {tuple(t.params.get(name) for name in names) for t in self.valued}
        for k in range(len(names)):
            self.judged.must(len({row[k] for row in rows}) == len(rows), f"{listed} are not tied")

    def together(self, *g: str) -> None:
        a, a0, a1, alone_a, b, b0, b1, alone_b, mean, low, high, manner, total, _ = g
        for name, before in ((a, a0), (b, b0)):
            self.judged.must(shown(self.best[name]) == before, f"{name} is {before}")
        here, one = self.value(self.best), {a: self.read_value(a, a1)}
        other = {b: self.read_value(b, b1)}
        both = self.value({**self.best, **one, **other}) - here
        parts = [self.value({**self.best, **change}) - here for change in (one, other)]
        for said, true in zip((alone_a, alone_b), parts, strict=True):
            self.judged.must(
                abs(float(said) - true) < 0.3 + 0.3 * abs(true), f"alone: {said}, {true}"
            )
        self.near(mean, low, high, both, f"{a} and {b}")
        # They do interact.
        self.judged.must(abs(both - sum(parts)) > self.truth.noise, f"{a} and {b} do not interact")
        if manner is not None:
            is_more = abs(both) > abs(sum(parts)) or both * sum(parts) < 0
            self.judged.must((manner == "more") == is_more, f"{manner} than the two")
            self.judged.must(
                abs(float(total) - float(alone_a) - float(alone_b)) < 0.1, f"sum {total}"
            )

    def fails(self, count: str) -> None:
        self.judged.must(int(count) == len(self.failed), f"{count} fail")
        self.covered: set[int] = set()

    def rule(self, failed: str, of: str, where: str, *g: str) -> None:
        every, both, some, of_trials = g
        conditions = [c.split(" = ") for c in where.split(" and ")]

        def met(trial: FrozenTrial) -> bool:
            return all(seen_level(trial, self.truth.space[name], text) for name, text in conditions)

        chosen = [t for t in self.failed if met(t)]
        self.covered |= {t.number for t in chosen}
        trials = sum(met(t) for t in self.trials)
        self.judged.must(int(failed) == len(chosen), f"{failed} failed where {where}")
        self.judged.must(int(of) == len(self.failed), f"of {of}")
        said = (2, 2) if both else (int(every or some), int(every or of_trials))
        self.judged.must(said == (len(chosen), trials), f"{where}: {said}, {len(chosen), trials}")
        self.told = Counter(self.reason(t) for t in chosen)

    def reason(self, trial: FrozenTrial) -> str:
        if trial.value == PENALTY:
            return "the value 1e+09"
        return str(trial.user_attrs["overtone:failure"])

    def reasons(self, listed: str) -> None:
        told = {reason: int(k) for k, reason in (x.split(" x ") for x in listed.split("; "))}
        self.judged.must(told == dict(self.told), f"reasons {told}, {self.told}")

    def more_failed(self, count: str) -> None:
        left = len(self.failed) - len(self.covered)
        self.judged.must(int(count) == left, f"{count} more failed")

    def burst(self, first: str, last: str) -> None:
        inside = range(int(first), int(last) + 1)
        failed = {t.number for t in self.failed}
        self.judged.must(len(inside) > 3 and failed.issuperset(inside), f"{first} to {last} failed")
        self.covered |= set(inside)

    def no_rule(self) -> None:
        self.judged.must(not self.covered, "a setting was shown to make trials fail")

    def likely_fails(self, listed: str) -> None:
        """Of a value, or of it and another value of the recommendation, only failed trials are known."""
        for one in named(listed):
            name, text = one.split(" = ")
            value = self.read_value(name, text)
            rest = [(k, v) for k, v in self.best.items() if k != name]
            pairs = [{name: value}, *({name: value, k: v} for k, v in rest)]
            only_fail = [
                pair
                for pair in pairs
                if not any(has_all(t, pair) for t in self.valued)
                and sum(has_all(t, pair) for t in self.failed) > 1
            ]
            self.judged.must(only_fail, f"{one} was seen to work")

    def cohort(self, trial: FrozenTrial) -> int | None:
        """The stage that a trial was drawn in, from 0, if it was drawn."""
        tag = trial.system_attrs.get("overtone:drawn")
        return None if tag is None or "fixed_params" in trial.system_attrs else tag["stage"]

    def stage(self, number: str, trials: str, failed: str | None) -> None:
        own = [t for t in self.trials if self.cohort(t) == int(number) - 1]
        self.judged.must(int(trials) == len(own), f"stage {number} of {trials}")
        count = sum(t.state is TrialState.FAIL for t in own)
        self.judged.must(int(failed or 0) == count, f"stage with {failed} failed, not {count}")

    def effect(self, _: str, names: str, best: str, *g: str) -> None:
        *_, worst = g
        settings, levels = names.split(" x "), [best.split(", "), worst.split(", ")]
        self.judged.must(self.has_values(settings, levels[0]), f"{names}: {best} has no value")
        # What fails is worse than all.
        if self.has_values(settings, levels[1]):
            a, b = (mean_at(self.truth, tuple(settings), tuple(level)) for level in levels)
            self.judged.must(self.sign * (b - a) > 0, f"{names}: {best} is not better than {worst}")

    def has_values(self, settings: list[str], level: list[str]) -> bool:
        """Whether trials with these levels, each by itself, have values."""
        return all(
            any(seen_level(t, self.truth.space[name], text) for t in self.valued)
            for name, text in zip(settings, level, strict=True)
        )

    def kept(self, listed: str) -> None:
        later = [t for t in self.trials if (self.cohort(t) or 0) > 0]
        for part in listed.split("; "):
            name, values = part.split(" = ")
            for trial in later:
                is_left = any(
                    seen_level(trial, self.truth.space[name], v) for v in values.split(" or ")
                )
                self.judged.must(is_left, f"trial {trial.number} has another {name}")

    def share(self, mean: str, low: str, high: str, names: str, *g: str) -> None:
        best, gain, worst = g
        settings = names.split(" x ")
        self.judged.must(percent(low) <= percent(mean) <= percent(high), f"share of {names}: ends")
        variance, own = variances(self.truth)
        if len(settings) == 1:
            true = own[settings[0]] / variance
            is_in = percent(low) - SHARE <= true <= percent(high) + SHARE
            self.judged.may_miss(is_in, f"share of {names}: {mean} ({low} to {high}), but {true}")
            self.judged.must(true > 0.003, f"{names} has no share")
        levels = [best.split(", "), worst.split(", ")]
        self.judged.must(
            all(
                is_level(self.truth.space[name], text)
                for level in levels
                for name, text in zip(settings, level, strict=True)
            ),
            f"{best} and {worst} are no levels of {names}",
        )
        # A level whose trials all failed is told by nothing.
        if all(self.has_values(settings, level) for level in levels):
            a, b = (mean_at(self.truth, tuple(settings), tuple(level)) for level in levels)
            self.judged.must(self.sign * (b - a) > 0, f"{names}: {best} is not better than {worst}")
            off = abs(self.sign * (b - a) - float(gain))
            self.judged.must(off < 0.4 * float(gain) + 0.15, f"{names} by {gain}, but {b - a}")


def named(listed: str) -> list[str]:
    return re.split(r", | and ", listed)


def times(text: str) -> int:
    return 1 if text == "once" else int(text.partition(" ")[0])


def percent(text: str) -> float:
    return 0.0 if text.startswith("<") else float(text) / 100


def decimals(*texts: str) -> int:
    return max(len(text.partition(".")[2]) for text in texts)


def shown(choice: Choice) -> str:
    """A value as a person writes it."""
    if isinstance(choice, bool):
        return str(choice).lower()
    return f"{choice:.6g}" if isinstance(choice, float) else "-" if choice is None else str(choice)


def read_value(parameter: Parameter, text: str) -> Choice:
    if isinstance(parameter, Categorical):
        return next(choice for choice in parameter.choices if shown(choice) == text)
    return float(text) if isinstance(parameter, Real) else int(text)


def seen(trial: FrozenTrial, name: str, value: Choice) -> bool:
    """Whether a trial has a value; of a number on a range, any does."""
    return isinstance(value, float) or trial.params.get(name) == value


def has_all(trial: FrozenTrial, values: Configuration) -> bool:
    return all(trial.params.get(name) == value for name, value in values.items())


def seen_level(trial: FrozenTrial, parameter: Parameter, text: str) -> bool:
    """Whether a trial has a value, or one in a range."""
    if parameter.name not in trial.params:
        return False
    value = trial.params[parameter.name]
    if " .. " in text:
        low, high = map(float, text.split(" .. "))
        return low * (1 - 1e-9) <= value <= high * (1 + 1e-9)
    return shown(value) == text


def is_level(parameter: Parameter, text: str) -> bool:
    is_choice = isinstance(parameter, Categorical)
    return not is_choice or any(shown(choice) == text for choice in parameter.choices)


def levels_of(parameter: Parameter) -> list[Choice]:
    if isinstance(parameter, Categorical):
        return list(parameter.choices)
    return [value_of(parameter, code) for code in from_unit(parameter, np.linspace(0, 1, 21))]


def in_space(truth: Truth, c: Configuration) -> Configuration:
    """Without settings that other values leave inactive."""
    found: Configuration = {}
    for parameter in truth.space.parents_first:
        if truth.space.is_active(parameter, found) and parameter.name in c:
            found[parameter.name] = c[parameter.name]
    return found


@functools.cache
def sampled(truth: Truth) -> tuple[list[Configuration], np.ndarray]:
    """Configurations of the whole space, and the function there."""
    rng = np.random.default_rng(1)
    drawn = [truth.space.sample(rng) for _ in range(2500)]
    return drawn, np.array([truth.mean(c) for c in drawn])


@functools.cache
def least_of(truth: Truth, draws: int, sign: float) -> float:
    """What so many uniform draws reach, in the mean; some of them fail."""
    rng = np.random.default_rng(0)
    drawn, every = sampled(truth)
    values = [
        sign * y for c, y in zip(drawn, every.tolist(), strict=True) if truth.fails(c) is None
    ]
    own = round(draws * len(values) / len(drawn))
    return float(rng.choice(values, (300, own)).min(axis=1).mean())


@functools.cache
def variances(truth: Truth) -> tuple[float, dict[str, float]]:
    """The function's variance, and that of its mean over all but one setting."""
    drawn, values = sampled(truth)
    own = {}
    for parameter in truth.space.parameters:
        there = np.array([parameter.name in c for c in drawn])
        column = [c[parameter.name] for c in drawn if parameter.name in c]
        if isinstance(parameter, Categorical):
            groups = np.array([parameter.choices.index(v) for v in column])
        else:
            order = np.argsort(np.argsort(np.array(column, dtype=float)))
            groups = order * 8 // len(column)
            if len(set(column)) <= 8:
                groups = np.unique(np.array(column), return_inverse=True)[1]
        y = values[there]
        counts = np.bincount(groups)
        means = np.bincount(groups, y) / counts
        own[parameter.name] = float(counts @ (means - y.mean()) ** 2 / len(y) * there.mean())
    return float(values.var()), own


@functools.cache
def mean_at(truth: Truth, names: tuple[str, ...], level: tuple[str, ...]) -> float:
    """The mean over everything else, of the configurations at a level."""
    drawn, values = sampled(truth)
    here = [
        all(
            name in c and seen_level(as_trial(c), truth.space[name], text)
            for name, text in zip(names, level, strict=True)
        )
        for c in drawn
    ]
    return float(values[np.array(here)].mean())


@dataclass(frozen=True)
class as_trial:  # noqa: N801  # a view of a configuration
    params: Configuration


def judged(text: str, truth: Truth) -> Judged:
    """The claims of a report, judged."""
    return Reader(truth).read(text)
