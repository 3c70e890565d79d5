"""When a configuration is run again, or changed a little on purpose, instead of trying a new one.

How much runs vary cannot be known unless something is run twice. So a search runs its first configuration
again, once early and once later. Where its values are equal, the metric does not vary as far as that tells,
and all that is left to do is to run the few changes that are to be recommended, the recommendation once more,
and the few changes without those that nobody is sure of. Where they differ, the last trials of the budget
are spent on the finalists: those that could still be the best, the default, and the few changes; and where it
is not known what most settings do at the recommendation, on probes, which change a tenth of them at once.

What a trial does is a function of the trials that ended, and of how many began.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, final

import numpy as np

from overtone.search.conclusions.findings import Findings
from overtone.search.conclusions.settings import Verdict
from overtone.search.repeats import Repeats, Why
from overtone.space import Codes
from overtone.space.streams import stream
from overtone.spectrum.basis import Values

# Runs that verify the few changes where the metric does not vary.
VERIFICATIONS: Final = 3
# Runs that confirm the recommendation there, among so many last trials: if it varies, some are left to see.
CONFIRMATIONS: Final = 2
CONFIRMED: Final = 4
# A probe changes each setting with this probability, where this share of the settings is not known.
PROBED: Final = 0.1
MUCH_UNKNOWN: Final = 0.5
TRIES: Final = 20
LEAST_SETTINGS: Final = 8
# A configuration could still be the best if it is expected to be within this many deviations of it.
IN_REACH: Final = 2.0
MOST_FINALISTS: Final = 8


@final
@dataclass(frozen=True, eq=False)
class Run:
    """A configuration to run, and what for."""

    codes: Values
    why: Why


def next_run(
    repeats: Repeats,
    findings: Findings,
    *,
    begun: int,
    made: Mapping[Why, int],
    pending: Codes,
) -> Run | None:
    """What the next trial is to run; None for whatever the search proposes.

    Args:
        repeats: how many may be spent.
        findings: of the trials that ended.
        begun: trials that began so far.
        made: how many of them were repeats, by what for.
        pending: codes of the trials that run, shape `(b, n)`.
    """
    known, spent = findings.known, sum(made.values())
    if not repeats.may_be_due(begun, spent) or not len(known.y):
        return None
    checks, checked = repeats.checks(), made.get(Why.NOISE, 0)
    is_settled = findings.noise.is_none and checked >= 2
    if checked < len(checks) and begun >= checks[checked] and not is_settled:
        return Run(_first(findings), Why.NOISE)
    left = repeats.most - spent
    if findings.noise.is_seen and begun >= repeats.trials - left:
        return _final(findings, made, pending, begun)
    verified = made.get(Why.FEWEST, 0)
    is_end = begun >= repeats.trials - min(VERIFICATIONS - verified, left)
    run = _verification(findings, pending) if verified < VERIFICATIONS and is_end else None
    confirmed = made.get(Why.FINALIST, 0)
    is_last = begun >= repeats.trials - min(CONFIRMED, left)
    if run is None and findings.noise.is_none and confirmed < CONFIRMATIONS and is_last:
        run = _confirmation(findings, pending)
    if run is None and verified < VERIFICATIONS and is_end:
        run = _doubt(findings, pending)
    return run


def _first(findings: Findings) -> Values:
    """The default if it has a value, or else the first configuration that has one."""
    known = findings.known
    if findings.default is not None and len(known.runs_of(findings.default)):
        return findings.default
    return np.asarray(known.codes[0])


def _verification(findings: Findings, pending: Codes) -> Run | None:
    """The few changes, unless they were run, or do."""
    fewest = findings.fewest
    if fewest is None or fewest.runs or _runs_in(pending, fewest.codes):
        return None
    return Run(fewest.codes, Why.FEWEST)


def _doubt(findings: Findings, pending: Codes) -> Run | None:
    """The few changes without one that nobody is sure of, the least valuable first, unless that was run."""
    known, fewest = findings.known, findings.fewest
    for change in () if fewest is None else sorted(fewest.changes, key=lambda c: c.gain.mean):
        is_known = change.verified or change.fails_without or change.gain.is_beyond(0.0)
        is_run = len(known.runs_of(change.without)) or _runs_in(pending, change.without)
        if not is_known and not is_run:
            return Run(change.without, Why.FEWEST)
    return None


def _confirmation(findings: Findings, pending: Codes) -> Run | None:
    """The recommendation once more, unless it was: that others did not vary is no proof that it does not."""
    found, codes = findings.recommendation, findings.recommended
    if found is None or codes is None or found.runs > 1 or _runs_in(pending, codes):
        return None
    return Run(codes, Why.FINALIST)


def _final(findings: Findings, made: Mapping[Why, int], pending: Codes, begun: int) -> Run | None:
    """One of the last runs where the metric varies."""
    verified, finals, probes = (made.get(w, 0) for w in (Why.FEWEST, Why.FINALIST, Why.PROBE))
    check = None if verified else _verification(findings, pending)
    if check is None and finals > CONFIRMATIONS and verified < VERIFICATIONS:
        check = _doubt(findings, pending)
    if check is not None:
        return check
    if probes < finals and _is_much_unknown(findings):
        return Run(_probe(findings, begun), Why.PROBE)
    return Run(_finalist(findings, pending), Why.FINALIST)


def _is_much_unknown(findings: Findings) -> bool:
    verdicts = [setting.verdict for setting in findings.settings]
    unknown = sum(verdict is Verdict.UNKNOWN for verdict in verdicts)
    return len(verdicts) >= LEAST_SETTINGS and unknown >= MUCH_UNKNOWN * len(verdicts)


def _probe(findings: Findings, begun: int) -> Values:
    """The recommendation with each setting changed with probability PROBED, at least one.

    Of some draws the first that will not likely fail, or else the last.
    """
    belief, codes = findings.belief, findings.recommended
    assert belief is not None and codes is not None  # noqa: PT018  # noise was seen
    rng = stream("probe", begun)
    coding, row = belief.coding, belief.row_of(codes)
    for _ in range(TRIES):
        other = coding.spread(rng.random((1, len(row))))[0]
        changed = rng.random(len(row)) < PROBED
        changed[rng.integers(len(row))] = True
        probe = coding.codes(coding.snapped(np.where(changed, other, row)[None])[0])
        if not findings.beliefs.failing.of(probe):
            break
    return probe


def _finalist(findings: Findings, pending: Codes) -> Values:
    """Of those that could still be the best, the two most promising, the one with fewer runs.

    The first is the best by expected value, the second the one that is most probably better than it.
    """
    known, belief = findings.known, findings.belief
    assert belief is not None  # noise was seen
    _, first = np.unique(known.groups, return_index=True)
    codes = known.codes[first]
    if findings.fewest is not None:
        codes = np.concatenate([codes, findings.fewest.codes[None]])
    rows = belief.coding.units(codes)
    order = np.argsort(belief.means(rows), kind="stable")[:MOST_FINALISTS]
    bests = np.repeat(rows[order[:1]], len(order), axis=0)
    [(means, deviations)] = belief.pairs(bests, [rows[order]])
    # How surely another one is worse than the first, in deviations of the difference.
    worse = means / np.maximum(deviations, 1e-12)
    runs = np.array([len(known.runs_of(c)) + _runs_in(pending, c) for c in codes[order]])
    rivals = [k for k in range(1, len(order)) if worse[k] < IN_REACH and deviations[k] > 0]
    if not rivals:
        return np.asarray(codes[order[0]])
    rival = min(rivals, key=lambda k: (worse[k], k))
    return np.asarray(codes[order[0 if runs[0] <= runs[rival] else rival]])


def _runs_in(pending: Codes, codes: Values) -> int:
    is_equal = (pending == codes) | (np.isnan(pending) & np.isnan(codes))
    return int(is_equal.all(axis=1).sum())
