"""The report as plain text."""

import json
import math
import re
import warnings

import numpy as np
import optuna
import pytest
from optuna.samplers import RandomSampler
from report.known import clean, failing, noisy

from overtone.report.explanation import explain
from overtone.report.text import report, report_of
from overtone.search.harmonica.fidelity import Fidelities
from overtone.space import Categorical, Real, SearchSpace
from overtone.study.distributions import suggest
from overtone.study.findings import findings_of
from overtone.study.harmonica.sampler import HarmonicaSampler
from overtone.study.spectral.sampler import SpectralSampler
from overtone.study.storage import DEFAULT

pytestmark = pytest.mark.filterwarnings("ignore::overtone.errors.WeakSignalWarning")


@pytest.fixture(autouse=True, scope="module")
def _quiet():
    optuna.logging.set_verbosity(optuna.logging.ERROR)


SLOW = pytest.mark.slow
LONG = "a-rather-long-name-of-an-option"
SPACE = SearchSpace(
    [
        Categorical("kind", ["u", "v", "w"]),
        *(Categorical(name, [False, True]) for name in ("flag", LONG, f"{LONG}-2", f"{LONG}-3")),
        Real("x", 0.0, 1.0),
    ]
)
DEFAULTS = {"kind": "u", "flag": False, LONG: False, f"{LONG}-2": True, f"{LONG}-3": True, "x": 0.5}


def score(c):
    """The more the better: kind w, flag, two long names that differ, small x."""
    return (
        {"u": 0.0, "v": 1.0, "w": 4.0}[c["kind"]]
        + 3.0 * c["flag"]
        + 2.0 * (c[LONG] != c[f"{LONG}-2"])
        - c["x"]
    )


def run(function=score, n=100, *, direction="maximize", default=False, sampler=None):
    sign = 1 if direction == "maximize" else -1
    study = optuna.create_study(
        study_name="tiny",
        sampler=sampler or HarmonicaSampler(seed=0, samples=60, stages=1, space=SPACE),
        direction=direction,
    )
    if default:
        study.enqueue_trial(DEFAULTS, user_attrs={DEFAULT: True})
    study.optimize(lambda trial: sign * function(suggest(trial, SPACE)), n_trials=n)
    return study


@pytest.fixture(scope="module")
def plain():
    """The study of 100 trials without noise, which no test changes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return run()


def text(study, *, trials=100, metric="score", command_line=None):
    return report(study, SPACE, trials=trials, metric=metric, command_line=command_line)


def flat(written):
    """A text without its line breaks."""
    return " ".join(written.split())


@pytest.mark.parametrize("direction", ["maximize", "minimize"])
def test_the_numbers_are_those_of_the_study(direction):
    study = run(direction=direction, default=True)
    written = text(study, trials=120)
    found = findings_of(study, SPACE)
    assert written.startswith("tiny: 100 of 120 trials finished\n\nUse this configuration")
    best = study.trials[found.recommendation.number]
    assert best.value == study.best_value
    assert f"Use this configuration (trial {best.number})" in flat(written)
    for name, value in best.params.items():
        shown = f"{value:.6g}" if isinstance(value, float) else str(value).lower()
        if len(name) <= 28:
            assert re.search(rf"^  {name} +{re.escape(shown)}$", written, re.MULTILINE)
    assert f"score = {best.value:.6g} in one run. Nothing was run twice" in flat(written)
    assert f"The default configuration gave score = {study.trials[0].value:.6g};" in flat(written)
    sign = 1 if direction == "minimize" else -1
    said = re.search(
        r"Random search with 100 trials would be expected to reach about (\S+) \((\S+) to (\S+) in nine of "
        r"ten resamples of its (\d+) uniform draws",
        flat(written),
    )
    expected, low, high = map(float, said.groups()[:3])
    assert expected == pytest.approx(sign * found.expectation.mean, rel=5e-4)
    # Not the enqueued default, and no draw of the narrowed space.
    assert said[4] == "60"
    uniform = [t.value for t in study.trials[1:61]]
    assert (np.mean([sign * expected < sign * value for value in uniform])) > 0.9
    assert low <= expected <= high


@pytest.mark.slow
def test_a_study_that_minimises_the_negative_says_the_same_with_other_signs():
    up, down = (text(run(direction=d)) for d in ("maximize", "minimize"))
    stages, kept = (
        [
            written[written.index("What mattered") : written.index("Over the whole")]
            for written in pair
        ]
        for pair in ((up, down), (up, down))
    )
    assert stages[0] == stages[1] == kept[0]
    assert "best w by" in up
    assert "over u" in up
    # What makes the one less makes the other more, by as much.
    changes = [
        dict(re.findall(r"-> (u|v|0\.5|1) +([-+][\d.]+)", written)) for written in (up, down)
    ]
    assert changes[0].keys() == changes[1].keys() != set()
    assert all(float(changes[0][k]) == -float(changes[1][k]) for k in changes[0])
    worths = [re.findall(r"worth [^,]+", written) for written in (up, down)]
    assert worths[0] == worths[1]


def test_the_effects_are_listed_with_their_shares(plain):
    written = text(plain)
    shares = [int(s) for s in re.findall(r"^ +(\d+)% \(\d+%\) #", written, re.MULTILINE)]
    assert shares == sorted(shares, reverse=True)
    assert 95 <= sum(shares) <= 105
    assert "What mattered in stage 1 (60 trials)" in written
    assert "kind = w" in flat(written).partition("Kept from here on:")[2]


def test_a_stage_that_found_nothing_says_so():
    rng = np.random.default_rng(0)
    written = text(run(lambda _: rng.normal()))
    assert "Nothing stood out from the noise, so nothing was pinned." in written
    assert "Kept from here on" not in written
    assert "its 100 uniform draws" in flat(written)


def test_the_best_value_is_called_luck_where_another_configuration_is_better():
    """Known by repeats: 0.9 was the luckiest of five runs of a poor configuration."""
    study = optuna.create_study(study_name="tiny")
    rng = np.random.default_rng(3)
    for k in range(20):
        study.enqueue_trial({**DEFAULTS, "kind": "u", "x": 0.0 if k % 2 else 0.5 + k / 100})
    values = [rng.normal(0.0, 0.1) if k % 2 else rng.normal(3.0, 0.1) for k in range(20)]
    values[4] = -1.0
    given = iter(values)
    study.optimize(lambda trial: [suggest(trial, SPACE), next(given)][1], n_trials=20)
    for _ in range(6):
        study.enqueue_trial({**DEFAULTS, "kind": "u", "x": 0.54})
    study.optimize(lambda trial: [suggest(trial, SPACE), 3.0 + rng.normal(0, 0.1)][1], n_trials=6)
    written = flat(text(study))
    assert "Use this configuration (trial 1)" in written
    assert (
        "Trial 4 gave -1, the best value of all; given how much runs vary, that was probably luck."
        in written
    )
    assert "Its 10 runs gave " in written
    assert " in the mean; runs of one configuration vary by" in written
    assert "were run again 15 times)" in written  # nine of one, six of the other


def test_where_nothing_was_run_twice_nobody_speaks_of_luck(plain):
    rng = np.random.default_rng(1)
    written = flat(text(run(lambda c: score(c) + rng.normal(0, 4.0))))
    assert "Nothing was run twice, so how much runs vary is unknown" in written
    assert "luck" not in written
    assert "luck" not in text(plain)


def test_equal_values_are_told_as_such():
    written = text(run(lambda _: 0.1, n=30))
    assert "Use this configuration (trial 0)" in written
    assert "score = 0.1, as in all other trials." in written
    assert "All values are equal, so no setting made a difference so far." in written
    assert "luck" not in written


def test_the_command_line_is_that_of_the_recommended_configuration(plain):
    best = plain.trials[findings_of(plain, SPACE).recommendation.number].params
    written = text(plain, command_line=lambda c: f"train --kind {c['kind']} {'z' * 100}")
    assert f"\n\nRun it with\n  train --kind {best['kind']} {'z' * 100}\n" in written
    assert "Run it with" not in text(plain)


def test_without_a_default_none_is_compared(plain):
    assert "default configuration" not in text(plain)


def test_a_study_without_stages_has_none_in_its_report():
    written = text(run(n=60, sampler=RandomSampler(seed=0)), trials=60)
    assert "What mattered in" not in written
    assert "Over the whole space" in written
    # They may have been drawn in any way, so nothing is estimated from them.
    assert "Random search" not in written
    assert "How that compares" not in written


def test_failed_trials_are_counted():
    def function(trial):
        value = score(suggest(trial, SPACE))
        if trial.number < 4:
            raise ValueError
        return value

    study = optuna.create_study(sampler=RandomSampler(seed=0), study_name="tiny")
    study.optimize(function, n_trials=20, catch=ValueError)
    written = text(study)
    assert written.startswith("tiny: 20 of 100 trials finished, 4 of them failed\n")
    assert "What fails (4 trials)" in written


def test_without_a_finite_value_there_is_nothing_to_recommend():
    written = text(run(lambda _: -math.inf, n=5))
    assert "No trial has a finite value so far." in written
    assert "compares" not in written
    assert "What fails (5 trials)\n  All trials failed" in written
    assert "Use this" not in written


def test_no_trial_makes_a_report_of_one_sentence():
    said = "The study 'tiny' has 0 finished trials, but at least 1 is needed to say anything."
    assert flat(text(run(n=0))) == said


@pytest.mark.parametrize("n", [1, 2, 3])
def test_few_trials_make_a_short_report(n):
    study = run(n=n)
    written = flat(text(study))
    assert f"tiny: {n} of 100 trials finished Use this configuration" in written
    assert f"score = {study.best_value:.6g} in one run; too few trials to say what" in written
    assert "too few trials with a value to say what the settings do" in written
    assert "The few changes" not in written


@pytest.mark.parametrize("n", [4, 7, 9, 30])
def test_an_estimate_for_more_draws_than_were_seen_is_said_to_be_one(n):
    study = run(n=n, default=True)
    written = flat(text(study))
    assert f"Random search with {n} trials would be expected to reach about" in written
    few = "they are too few to say what further draws would gain"
    grown = f"beyond {(n - 1) // 2} it is extrapolated"
    assert (few in written, grown in written) == (n < 9, n >= 9)


def too_wide(written, besides=()):
    """Lines of more than 80 columns; those of values and of the command line may have them."""
    return [
        line for line in written.splitlines() if len(line) > 80 and not line.startswith(besides)
    ]


@pytest.mark.slow
@pytest.mark.parametrize("direction", ["maximize", "minimize"])
def test_no_line_is_wider_than_eighty_columns(direction):
    rng = np.random.default_rng(0)
    for function in (score, lambda c: 1e-9 * score(c), lambda c: score(c) + 3 * rng.normal()):
        study = run(function, direction=direction, default=True)
        written = text(study, metric="validation_accuracy_of_the_best_epoch")
        assert too_wide(written) == []


def test_a_study_that_nobody_named_has_no_name():
    def function(trial):
        suggest(trial, SPACE)
        raise ValueError

    study = optuna.create_study(sampler=RandomSampler(seed=0))
    study.optimize(function, n_trials=2, catch=ValueError)
    assert too_wide(text(study)) == []
    study.optimize(function, n_trials=98, catch=ValueError)
    assert too_wide(text(study)) == []
    assert flat(text(study)).startswith("100 of 100 trials finished, 100 of them failed")
    assert flat(text(study, trials=40)).startswith("100 trials finished, 100 of them failed")


@pytest.mark.filterwarnings("ignore::overtone.errors.TransferWarning")
@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.slow
def test_the_check_between_cheap_stages_and_the_end_is_reported(sign):
    """With the sign turned at the end, the stages say the opposite of it."""
    fidelities = Fidelities(({"epochs": 1},), {"epochs": 9}, check=6)
    study = optuna.create_study(
        study_name="tiny",
        direction="maximize",
        sampler=HarmonicaSampler(seed=0, samples=40, stages=1, space=SPACE, fidelities=fidelities),
    )

    def objective(trial):
        value = score(suggest(trial, SPACE))
        return value if trial.suggest_int("epochs", 1, 9) == 1 else sign * value

    study.optimize(objective, n_trials=60)
    written = flat(text(study, trials=60))
    assert "60 of 60 trials finished, 40 at the stages' fidelity" in written
    assert "6 configurations were evaluated at both fidelities" in written
    assert f"Spearman's rank correlation is {sign:.2f}" in written
    assert ("may be wrong at the end" in written) == (sign < 0)


# What a newcomer would have to look up, and what only Python says.
JARGON = (
    r"posterior|\bpriors?\b|bayes|kernel|gaussian|\branks?\b|hyper|lasso|fourier|spectr|polynomial|"
    r"coefficient|surrogate|acquisition|epistemic|anova|sobol|chi-?squared|p-value|confidence"
)
UNWORDS = r"\b(?:None|True|False|nan|inf)\b"


@pytest.mark.parametrize("study", [clean, noisy], ids=["clean", "noisy"])
def test_no_word_of_a_spectral_report_has_to_be_looked_up(study):
    written = study().report
    assert looked_up(written) == []
    assert len(looked_up("The posterior ranks True values")) == 3  # negative control


def looked_up(written):
    return re.findall(JARGON, written, re.IGNORECASE) + re.findall(UNWORDS, written)


@pytest.mark.parametrize("study", [clean, noisy, failing], ids=["clean", "noisy", "failing"])
def test_a_report_is_narrow_and_has_no_empty_paragraph(study):
    written = study().report
    assert too_wide(written) == []
    assert written == written.strip()
    for paragraph in written.split("\n\n"):
        first, *others = paragraph.split("\n")
        assert first == first.strip() != ""
        assert all(re.match(r"  ? ?\S|   +\S|What is", line) for line in others)
    # Beside a command line, which is not broken.
    command = "x" * 200
    written = study().tuning.explanation
    written = report_of(written, name="n", trials=9, metric="m", command_line=lambda _: command)
    assert too_wide(written, besides=("  xxx",)) == []


# Whatever stands in a name, a choice or a metric.
STRANGE = {
    "braces": "{x} {0}",
    "brackets": "[red]x[/red]",
    "an end of a line": "one\n\ntwo",
    "an escape": "\x1b[2J\x07",
    "an emoji": "\N{PARTY POPPER}",
    "200 letters": "n" * 200,
    "200 words": "word " * 200,
    "percent signs": "50%s %d %(x)s",
    "markup": "<b>&amp;</b>",
    "half a pair": "\ud800",
}


@pytest.mark.parametrize(
    "strange",
    [pytest.param(name, marks=[] if name == "markup" else SLOW) for name in STRANGE],
)
def test_names_and_choices_of_any_kind_fit_and_do_no_harm(strange):
    name = STRANGE[strange]
    space = SearchSpace(
        [
            Categorical(name, [name, "other", None]),
            Categorical(f"{name}2", [False, True]),
            Real("x", 0.0, 1.0, when={name: ["other", None]}),
        ]
    )

    def function(trial):
        c = suggest(trial, space)
        if c[f"{name}2"] and c[name] == name:
            raise ValueError(name)
        return 3.0 * (c[name] == name) + 2.0 * c[f"{name}2"] + c.get("x", 0.1)

    study = optuna.create_study(sampler=RandomSampler(seed=0), study_name="tiny")
    study.optimize(function, n_trials=40, catch=ValueError)
    written = report(study, space, trials=40, metric=name, command_line=None)
    assert too_wide(written) == []
    assert all(c.isprintable() for line in written.split("\n") for c in line)
    assert not re.search(r"\n\n\n", written)
    headings = [p.split("\n")[0] for p in written.split("\n\n")]
    assert all(re.match(r"tiny: |[A-Z][a-z]+ ", heading) for heading in headings), headings
    explanation = explain(study, space=space)
    assert "<b>" not in explanation._repr_html_()
    assert set(explanation.to_frame()["setting"]) <= set(space.names)
    json.dumps(explanation.to_dict(), allow_nan=False)


def every(function):
    """Studies in which all went wrong, or nearly."""
    return {
        "all failed": lambda trial: fail(),
        "all pruned": lambda trial: prune(),
        "all infinite": lambda trial: math.inf,
        "nothing but penalties": lambda trial: 1e9,
        "every other failed": lambda trial: fail() if trial.number % 2 else function(trial),
        "huge offset": lambda trial: 1e12 + function(trial),
        "huge": lambda trial: 1e150 * function(trial),
        "tiny": lambda trial: 1e-150 * function(trial),
        "equal": lambda trial: 1.0,
        "over many orders": lambda trial: math.exp(30 * function(trial)),
        "penalties among values": lambda trial: 1e9 if trial.params["flag"] else function(trial),
    }


def fail():
    raise ValueError("boom\n{0} %s \x1b[2J " + "x" * 300)


def prune():
    raise optuna.TrialPruned


SPOILT = list(every(None))


@pytest.mark.parametrize(
    ("n", "direction"),
    [
        (1, "minimize"),
        (3, "maximize"),
        *(
            pytest.param(n, direction, marks=pytest.mark.slow)
            for n in (2, 6, 40)
            for direction in ("minimize", "maximize")
        ),
    ],
)
@pytest.mark.parametrize("spoilt", SPOILT)
def test_a_study_in_which_much_went_wrong_has_a_report(spoilt, n, direction):
    def objective(trial):
        suggest(trial, SPACE)
        return every(lambda trial: score(trial.params))[spoilt](trial)

    study = optuna.create_study(
        sampler=SpectralSampler(seed=0, space=SPACE), direction=direction, study_name="tiny"
    )
    study.optimize(objective, n_trials=n, catch=ValueError)
    written = text(study, trials=n)
    assert written.startswith(f"tiny: {n} of {n} trials finished")
    assert too_wide(written) == []
    assert all(c.isprintable() for line in written.split("\n") for c in line)
    assert re.search(r"\b(nan|None)\b", written) is None
    explanation = explain(study, space=SPACE)
    json.dumps(explanation.to_dict(), allow_nan=False)
    assert explanation._repr_html_()
    if spoilt.startswith("all "):
        assert explanation.recommended is None
        assert "Use this" not in written
