"""The exact Lasso over every term at every penalty, with a proof, from a few scans.

Notation
    N, K         samples, knots
    level        N * penalty;  a strength above it is a violation of the optimality conditions
    listed       in the list of some scan
    candidates   the listed terms that the homotopy follows

The homotopy gives the path on some terms. It is the path over all terms if no term is stronger than the level
at any knot: between knots a correlation is linear in the penalty. Listed terms are compared with the levels
directly, and all others are bounded at every knot by inequality (1) of `screening`. A knot that it does not
clear is scanned, the last one first: what one scan lists is listed for all knots.
"""

from dataclasses import dataclass, replace
from typing import Final, final

import numpy as np
from numpy.typing import NDArray

from overtone.errors import RecoveryError
from overtone.spectrum.basis import Columns, Group, Values
from overtone.spectrum.compilation import announce
from overtone.spectrum.lasso.group import duality_gap
from overtone.spectrum.lasso.homotopy import TOP, Ending, Knots, follow, walk
from overtone.spectrum.lasso.screening import SLACK, Screen, fill
from overtone.spectrum.scan.scanner import Scanner, groups_of

# The first list alone leads astray: it is followed up to this many terms, and the next scan starts there.
FIRST_TERMS: Final = 14
# A listed column that comes this close to a level is a candidate when the path is followed again.
CLOSE: Final = 0.8
# Values that differ from their mean by less than this share of the largest are constant.
ROUNDING: Final = 1e-13


@final
@dataclass(frozen=True, eq=False)
class Solution:
    """A Lasso solution: constant + sum_k coefficients[k] * term of groups[k].

    Attributes:
        penalty: in scikit-learn's scaling.
        groups: those whose coefficient is not 0.
        coefficients: theirs, shape `(len(groups),)`.
        constant: unpenalised.
    """

    penalty: float
    groups: tuple[Group, ...]
    coefficients: Values
    constant: float


@final
@dataclass(frozen=True, eq=False)
class Proof:
    """What proves a path.

    Attributes:
        y: centred, shape `(N,)`.
        residuals: at each knot, shape `(K, N)`.
        listed: X.
        cutoffs: no term outside X is stronger at each knot, shape `(K,)`.
    """

    y: Values
    residuals: Columns
    listed: Columns
    cutoffs: Values


@final
@dataclass(frozen=True, eq=False)
class LassoPath:
    """The Lasso's exact coefficients at every penalty from the largest down to the last knot.

    Attributes:
        penalties: the knots in scikit-learn's scaling, descending, shape `(K,)`. From the first one up all
            coefficients are 0.
        groups: the groups that are active anywhere, in the order in which they enter.
        coefficients: theirs at each knot, shape `(K, len(groups))`.
        constants: the unpenalised constant at each knot, shape `(K,)`.
        weights: of the groups in the penalty.
        scans: how many residuals were scanned.
        proof: what `gap` is computed from.
    """

    penalties: Values
    groups: tuple[Group, ...]
    coefficients: Columns
    constants: Values
    weights: Values
    scans: int
    proof: Proof

    @property
    def counts(self) -> NDArray[np.int64]:
        """The number of coefficients that are not 0 at each knot."""
        counts: NDArray[np.int64] = (self.coefficients != 0).sum(axis=1)
        return counts

    def at(self, penalty: float) -> Solution:
        """The exact solution at a penalty not below the last knot.

        Raises:
            RecoveryError: if the path does not reach that far down.
        """
        coefficients = self.between(penalty, self.coefficients)
        active = np.flatnonzero(coefficients)
        return Solution(
            penalty,
            tuple(self.groups[g] for g in active),
            coefficients[active],
            float(self.between(penalty, self.constants)),
        )

    def with_terms(self, count: int) -> Solution:
        """The solution at the first knot with at least `count` terms: the most that the count explains.

        Ties may enter together, so that there are more.

        Raises:
            RecoveryError: if no knot has as many.
        """
        reached = np.flatnonzero(self.counts >= count)
        if not len(reached):
            raise RecoveryError(
                f"the path has at most {self.counts.max()} terms, not {count}: ask it for more terms "
                "or a smaller ratio. Aliased terms count once."
            )
        return self.at(float(self.penalties[reached[0]]))

    def times_two_to(self, exponent: int) -> "LassoPath":
        """The path of y times a power of two, exactly."""
        proof = self.proof
        return replace(
            self,
            penalties=np.ldexp(self.penalties, exponent),
            coefficients=np.ldexp(self.coefficients, exponent),
            constants=np.ldexp(self.constants, exponent),
            proof=Proof(
                np.ldexp(proof.y, exponent),
                np.ldexp(proof.residuals, exponent),
                proof.listed,
                np.ldexp(proof.cutoffs, exponent),
            ),
        )

    def gap(self, penalty: float) -> float:
        """The duality gap of `at(penalty)` over *all* terms, relative to `|y|^2 / 2N`."""
        proof = self.proof
        residual = self.between(penalty, proof.residuals)
        listed = float(np.abs(proof.listed @ residual).max(initial=0.0))
        # A cut-off bounds a maximum of linear functions, so between knots it can be interpolated.
        unlisted = float(self.between(penalty, proof.cutoffs))
        norm = float(np.abs(self.between(penalty, self.coefficients)) @ self.weights)
        return duality_gap(
            proof.y, residual, norm=norm, penalty=penalty, strongest=max(listed, unlisted)
        )

    def between(self, penalty: float, at_knots: Values) -> Values:
        """What is linear in the coefficients at a penalty, given what it is at the knots.

        Raises:
            RecoveryError: if the path does not reach that far down.
        """
        knots = self.penalties
        if penalty < knots[-1] or np.isnan(penalty):
            raise RecoveryError(
                f"the path ends at a penalty of {knots[-1]:.6g}, and {penalty:.6g} is not above it: "
                "ask it for more terms or a smaller ratio."
            )
        above = max(int(np.searchsorted(-knots, -penalty, side="right")) - 1, 0)
        if penalty >= knots[above]:
            between: Values = at_knots[above]
        else:
            share = (knots[above] - penalty) / (knots[above] - knots[above + 1])
            between = (1.0 - share) * at_knots[above] + share * at_knots[above + 1]
        return between


def proved_path(
    scanner: Scanner, y: Values, *, ratio: float = 0.1, most_terms: int = 40
) -> LassoPath:
    """The exact path over all groups of a scanner, proved over all of them.

    It ends at the last of its penalties: by `ratio`, by `most_terms`, or where ties took too many changes.

    Args:
        scanner: of a basis whose groups have one term each: no unordered parameter of three or more levels.
        y: shape `(N,)`; need not be centred.
        ratio: the last penalty as a share of the first, between 0 and 1. Lower it to see weaker terms; raise
            it to save scans.
        most_terms: the path stops before it would have more. Raise it to see more terms; lower it to save
            scans.

    Raises:
        RecoveryError: if the basis has wider groups, or an option is out of range.
    """
    if np.any(scanner.atoms.widths != 1):
        raise RecoveryError(
            "a path needs groups of one term, but some parameters have contrasts that are chosen "
            "together: an unordered parameter of three or more levels?"
        )
    if not 0.0 < ratio < 1.0:
        raise RecoveryError(f"ratio is {ratio!r}, but a number between 0 and 1 is expected.")
    if most_terms < 1:
        raise RecoveryError(f"most_terms is {most_terms!r}, but at least 1 is expected.")
    announce("the Lasso's path", (walk, fill))
    y = np.asarray(y, dtype=np.float64)
    return _Search(scanner, centred(y), ratio, most_terms).path(float(y.mean()))


def centred(y: Values) -> Values:
    """The values less their mean; 0 where all are equal, since what is left of them then is rounding."""
    rest: Values = y - y.mean()
    return rest if np.abs(rest).max() > ROUNDING * np.abs(y).max() else np.zeros(len(y))


class _Search:
    """The path on the candidates, and the bounds on unlisted terms at its knots.

    The homotopy follows candidates only, since at each knot it passes over all of its columns. The other
    listed columns are held against the levels of all knots at once, and become candidates where they cross.
    """

    def __init__(self, scanner: Scanner, y: Values, ratio: float, most_terms: int) -> None:
        self._screen = Screen(scanner)
        self._y = y
        self._most = most_terms
        self._top = float(self._screen.scan(y).strengths.max(initial=0.0))
        self._stop = ratio * self._top
        self._first = len(self._screen)
        self._candidates = np.arange(self._first)
        self._columns = self._screen.listed

    def path(self, mean: float) -> LassoPath:
        """The proved path of y + mean."""
        if self._top <= ROUNDING * self._screen.reach * np.sqrt(self._y @ self._y):
            self._knots, self._bounds = _empty_path(self._y, self._top), np.zeros(1)
            return self._record(mean)
        few = min(self._most, FIRST_TERMS)
        self._knots = follow(self._columns, self._y, TOP, stop=self._stop, most=few)
        self._bounds = np.full(len(self._knots), np.inf)
        if few < self._most and self._knots.ending is Ending.TERMS:
            last = len(self._knots) - 1
            if not self._is_corrected_by_scan(last):
                self._restart(last)
                self._is_corrected(self._first)
        while True:
            knots = self._knots
            self._screen.tighten(self._bounds, knots.residuals, knots.levels)
            unproved = np.flatnonzero(self._bounds > knots.levels * (1 + SLACK))
            if not len(unproved):
                return self._record(mean)
            is_end_proved = unproved[-1] < len(knots) - 1
            self._is_corrected_by_scan(int(unproved[len(unproved) // 2 if is_end_proved else -1]))

    def _is_corrected_by_scan(self, knot: int) -> bool:
        """Scan the residual of a knot; whether the path had to be followed again."""
        known = len(self._screen)
        scan = self._screen.scan(self._knots.residuals[knot])
        self._bounds[knot] = scan.cutoff
        is_open = scan.cutoff > self._knots.levels[knot] * (1 + SLACK)
        is_corrected = self._is_corrected(known)
        if is_open and not is_corrected:
            self._screen.lengthen_lists()
        return is_corrected

    def _is_corrected(self, row: int) -> bool:
        """Follow the path again from where listed columns from `row` on cross; whether any did."""
        start, is_corrected = 0, False
        while row < len(self._screen):
            shares = self._knots.residuals[start:] @ self._screen.listed[row:].T
            np.abs(shares, out=shares)
            shares /= self._knots.levels[start:, None]
            crossed = np.flatnonzero(shares.max(axis=1) > 1 + SLACK)
            close = row + np.flatnonzero(shares.max(axis=0) > CLOSE)
            is_candidate = np.zeros(len(self._screen), dtype=bool)
            is_candidate[self._candidates] = True
            close = close[~is_candidate[close]]
            if not len(crossed) or not len(close):
                break
            self._candidates = np.concatenate([self._candidates, close])
            self._columns = np.concatenate([self._columns, self._screen.listed[close]])
            start, row, is_corrected = max(start + int(crossed[0]) - 1, 0), self._first, True
            self._restart(start)
        return is_corrected

    def _restart(self, start: int) -> None:
        """Follow the path on the candidates again from a knot that is right."""
        face = self._knots.face(start)
        later = follow(self._columns, self._y, face, stop=self._stop, most=self._most)
        self._knots = self._knots.followed_by(later, start)
        unknown = np.full(len(later) - 1, np.inf)
        self._bounds = np.concatenate([self._bounds[: start + 1], unknown])

    def _record(self, mean: float) -> LassoPath:
        knots, screen = self._knots, self._screen
        inside = np.arange(knots.active.shape[1]) < knots.sizes[:, None]
        active = self._candidates[knots.active[inside]]
        used, first = np.unique(active, return_index=True)
        used = used[np.argsort(first)]
        place = np.zeros(len(screen), np.int64)
        place[used] = np.arange(len(used))
        coefficients = np.zeros((len(knots), len(used)))
        coefficients[np.nonzero(inside)[0], place[active]] = knots.coefficients[inside]
        weights = screen.weights(used)
        coefficients /= weights
        return LassoPath(
            penalties=knots.levels / len(self._y),
            groups=groups_of(screen.atoms[used]),
            coefficients=coefficients,
            constants=mean - coefficients @ screen.means[used],
            weights=weights,
            scans=screen.scans,
            proof=Proof(self._y, knots.residuals, screen.listed, self._bounds),
        )


def _empty_path(y: Values, level: float) -> Knots:
    """The path of a y that correlates with nothing beyond rounding: one knot, at which all is 0."""
    none, nobody = np.zeros((1, 0)), np.zeros((1, 0), np.int64)
    levels, sizes = np.array([level]), np.zeros(1, np.int64)
    return Knots(levels, sizes, nobody, none, none, y[None], Ending.LEVEL)
