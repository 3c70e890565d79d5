"""The page of a scale: what the records say, beside the paper's figures."""

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from experiments.cifar10.scales import Scale
from experiments.cifar10.seeds import DUMMY_NAMES, Seed, seeds_in
from experiments.cifar10.settings import DUMMIES, REAL, SETTINGS
from experiments.cifar10.words import DIFFERENCES, TABLE_4, head
from overtone.search.harmonica.fidelity import LEAST_PAIRS, transfer

# Test errors in percent and GPU days, of the paper's figures; its random search had the whole budget.
PAPER: Final = {
    "human": ("6.97", "-"),
    "harmonica 1": ("7.03 to 7.77", "10.1"),
    "harmonica 2": ("7.74", "3.6"),
    "harmonica + random": ("7.85 to 9.27", "8.3"),
    "random search": ("-", "-"),
    "random search x2": ("8.01 to 10.89", "20.0"),
    "hyperband": ("8.71 to 10.09", "17.3"),
    "gp": ("9.41 to 11.32 (Spearmint)", "8.5"),
    "tpe": ("-", "-"),
    "spectral": ("-", "-"),
}
PAPER_MEANS: Final = ("60.16", "33.3", "24.33", "21.3")
# Below this correlation the package warns before an expensive end.
DOUBTFUL: Final = 0.5


def write_page(scale: Scale, records: Path, folder: Path) -> Path:
    """Write RESULTS-<scale>.md and its figures; the path of the page."""
    seeds = seeds_in(records, scale)
    machines = records / f"{scale.name}-machines.txt"
    lines = [*head(scale, machines.read_text(encoding="utf-8") if machines.exists() else "")]
    if seeds:
        lines += [
            *_errors(seeds),
            *_means(seeds, scale),
            *_features(seeds),
            *_pinned(seeds),
            *_transfer(seeds),
            *_noise(seeds),
            *_figures(seeds, scale, folder),
        ]
    lines += [DIFFERENCES, *_settings()]
    path = folder / f"RESULTS-{scale.name}.md"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _errors(seeds: Sequence[Seed]) -> list[str]:
    lines = [
        "## Final test errors and costs",
        "",
        (
            "A method's answer is the configuration of least validation error among its full final "
            "trainings, trained again from new seeds; the error is that of the test images, in percent."
        ),
        "Cost is in full trainings of the stages' network; seconds are of the search alone.",
        "",
        "| method | test error, mean | each seed | cost | seconds | paper, error | paper, GPU days |",
        "|---|---|---|---|---|---|---|",
    ]
    for method, (error, days) in PAPER.items():
        answered = [seed for seed in seeds if seed.answers(method)]
        if not answered:
            state = "not finished" if any(seed.of(method) for seed in seeds) else "not run"
            lines.append(f"| {method} | {state} | | | | {error} | {days} |")
            continue
        each = [float(np.mean(seed.answers(method))) for seed in answered]
        spent = np.mean([seed.spent(method) for seed in answered], axis=0)
        cost = ["-", "-"] if method == "human" else [f"{spent[0]:.0f}", f"{spent[1]:.0f}"]
        shown = ", ".join(f"{e:.2f}" for e in each)
        lines.append(
            f"| {method} | {np.mean(each):.2f} | {shown} | {' | '.join(cost)} | {error} | {days} |"
        )
    return [*lines, "", *_claim(seeds), ""]


def _claim(seeds: Sequence[Seed]) -> list[str]:
    """How often Harmonica with random search beat random search at twice its cost."""
    pairs = [
        (float(np.mean(seed.answers("harmonica + random"))), float(np.mean(twice)))
        for seed in seeds
        if (twice := seed.answers("random search x2")) and seed.answers("harmonica + random")
    ]
    if not pairs:
        return []
    wins = sum(ours < theirs for ours, theirs in pairs)
    gain = np.mean([theirs - ours for ours, theirs in pairs])
    return [
        (
            f"Harmonica + random search had the smaller error than random search at twice its cost in "
            f"{wins} of {len(pairs)} seeds; its error is smaller by {gain:.2f} points on average."
        )
    ]


def _means(seeds: Sequence[Seed], scale: Scale) -> list[str]:
    names = ["all 60", *(f"after stage {k + 1}" for k in range(scale.stages))]
    lines = [
        "## Mean error of random points in the restricted space",
        "",
        "Validation errors of the stages' network, with the standard error of the mean.",
        "The draws of a stage are the random points of what the stage before it left.",
        "",
        "| seed | " + " | ".join(names) + " | falls in each stage |",
        "|---|" + "---|" * (len(names) + 1),
    ]
    for seed in seeds:
        means = seed.means(scale)
        cells = [f"{mean:.2f} ± {error:.2f} ({n})" for mean, error, n in means]
        cells += ["not run"] * (len(names) - len(cells))
        ordered = [mean for mean, _, _ in means]
        falls = all(a > b for a, b in itertools.pairwise(ordered))
        said = ("yes" if falls else "no") if len(means) == len(names) else "not known"
        lines.append(f"| {seed.number} | {' | '.join(cells)} | {said} |")
    lines.append(f"| paper | {' | '.join(PAPER_MEANS[: len(names)])} | yes |")
    return [*lines, ""]


def _features(seeds: Sequence[Seed]) -> list[str]:
    lines = [
        "## Important features per stage",
        "",
        (
            "The weight of a product of signs, in percent of error, +1 for a setting's second option and -1 "
            "for its first: with a negative weight of a single setting its second option is better."
        ),
        "R² is of held-out trials, p of shuffles.",
    ]
    for seed in seeds:
        for stage in seed.stages:
            r2 = "-" if stage["validated"] is None else f"{stage['validated']:.2f}"
            p = "-" if stage["p_value"] is None else f"{stage['p_value']:.2g}"
            lines += [
                "",
                f"Seed {seed.number}, stage {stage['stage']}: {stage['trials']} trials, R² {r2}, p {p}.",
                "",
                "| feature | weight |",
                "|---|---|",
                *(f"| {' x '.join(names)} | {weight:+.2f} |" for names, weight in stage["terms"]),
            ]
            if not stage["terms"]:
                lines.append("| nothing above the noise | |")
    return [*lines, "", TABLE_4, ""]


def _pinned(seeds: Sequence[Seed]) -> list[str]:
    staged = [seed for seed in seeds if seed.stages]
    dummies = {seed.number: sorted(seed.pinned() & DUMMY_NAMES) for seed in staged}
    total = sum(len(names) for names in dummies.values())
    lines = [
        "## What was pinned",
        "",
        f"Dummies pinned over all {len(staged)} runs: {total} of {len(DUMMIES)} a run.",
        "",
        "| seed | settings restricted, stage by stage | dummies |",
        "|---|---|---|",
    ]
    for seed in staged:
        said = "; ".join(f"{s['stage']}: {_listed(_restricted(s))}" for s in seed.stages)
        lines.append(f"| {seed.number} | {said} | {_listed(dummies[seed.number])} |")
    return [*lines, ""]


def _restricted(stage: dict[str, Any]) -> list[str]:
    """Each restricted setting with the options that are left."""
    left: dict[str, set[int]] = {}
    for alternative in stage["alternatives"]:
        for name, (low, high) in alternative.items():
            left.setdefault(name, set()).update((low, high))
    options = {setting.name: setting.options for setting in SETTINGS}
    return [
        f"{name} = {' or '.join(options[name][i] if name in options else str(i) for i in sorted(values))}"
        for name, values in left.items()
    ]


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"


def _transfer(seeds: Sequence[Seed]) -> list[str]:
    lines = [
        "## From the small network to the large one",
        "",
        (
            "Spearman's correlation of the validation errors of the same points of the restricted space, "
            "trained as in the stages and as at the end."
        ),
        "",
        "| seed | points | correlation | 95 % interval |",
        "|---|---|---|---|",
    ]
    for seed in seeds:
        small = {o.bits: o.validation for o in seed.of("restricted")}
        pairs = [
            (small[o.bits], o.validation) for o in seed.of("harmonica + random") if o.bits in small
        ]
        if len(pairs) >= LEAST_PAIRS:
            numbers = [(k, k) for k in range(len(pairs))]
            found = transfer(numbers, *np.array(pairs).T, threshold=DOUBTFUL)
            lines.append(
                f"| {seed.number} | {len(pairs)} | {found.correlation:.2f} | "
                f"{found.low:.2f} to {found.high:.2f} |"
            )
    return [*lines, ""]


def _noise(seeds: Sequence[Seed]) -> list[str]:
    lines = [
        "## Noise",
        "",
        (
            "Validation errors of one configuration trained several times with other seeds, at the usual "
            "recipe and at random configurations."
        ),
        "",
        "| network | configuration | trainings | mean | standard deviation |",
        "|---|---|---|---|---|",
    ]
    for seed in seeds:
        for method in ("noise stage", "noise final"):
            by_bits: dict[str, list[float]] = {}
            for outcome in seed.of(method):
                by_bits.setdefault(outcome.bits, []).append(outcome.validation)
            for k, errors in enumerate(e for e in by_bits.values() if len(e) > 1):
                which = f"random {k}, seed {seed.number}" if k else f"human, seed {seed.number}"
                lines.append(
                    f"| {method.removeprefix('noise ')} | {which} | {len(errors)} | "
                    f"{np.mean(errors):.2f} | {np.std(errors, ddof=1):.2f} |"
                )
    return [*lines, ""]


def _figures(seeds: Sequence[Seed], scale: Scale, folder: Path) -> list[str]:
    try:
        from experiments.cifar10.figures import draw
    except ModuleNotFoundError:
        return []
    return [f"![{caption}]({path.name})" for caption, path in draw(seeds, scale, folder)] + [""]


def _settings() -> list[str]:
    lines = [
        "## The settings",
        "",
        f"{len(REAL)} real ones in the order of the paper's list, and {len(DUMMIES)} dummies.",
        "",
        "| setting | options | only with | in place of | note |",
        "|---|---|---|---|---|",
    ]
    for setting in REAL:
        under = f"{setting.under[0]}: {setting.under[1]}" if setting.under else ""
        lines.append(
            f"| {setting.name} | {' / '.join(setting.options)} | {under} | {setting.instead_of} | "
            f"{setting.note} |"
        )
    return lines
