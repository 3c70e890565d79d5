"""The trials that conclusions are drawn from: those with a value, and those that failed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import final

import numpy as np
from numpy.typing import NDArray

from overtone.search.conclusions.noise import alike
from overtone.search.conclusions.scale import REFERENCE
from overtone.search.history import History, State, is_penalty, is_usable
from overtone.search.region import Region
from overtone.space import Codes
from overtone.spectrum.basis import Values


@final
@dataclass(frozen=True, eq=False)
class Known:
    """Trials by number, those that have a value and those that failed.

    A trial that was pruned has neither: it stopped before its value was one to compare, and it did not fail.
    A penalty that a program returns instead of a value, such as 1e9, or one that is not finite, is a failure.

    Attributes:
        numbers, codes, y: of the trials with a value, shapes `(N,)`, `(N, n)` and `(N,)`.
        unchosen: which of them no model chose: uniform draws, and the first ones, shape `(N,)`.
        failed, failed_codes: numbers and codes of the failed ones, shapes `(F,)` and `(F, n)`.
        reasons: why trials failed, by number, as far as that was recorded.
        pruned: how many were pruned.
    """

    numbers: NDArray[np.int64]
    codes: Codes
    y: Values
    unchosen: NDArray[np.bool_]
    failed: NDArray[np.int64]
    failed_codes: Codes
    reasons: Mapping[int, str] = field(default_factory=dict)
    pruned: int = 0

    @cached_property
    def groups(self) -> NDArray[np.int64]:
        """The number of each trial's configuration, in order of appearance, shape `(N,)`."""
        return alike(self.codes)

    def runs_of(self, codes: Values) -> NDArray[np.int64]:
        """The places of the trials of one configuration."""
        return np.flatnonzero(_is_equal(self.codes, codes))

    def only_failed(self, codes: Values) -> bool:
        """Whether a configuration was run, and never gave a value."""
        return bool(_is_equal(self.failed_codes, codes).any()) and not len(self.runs_of(codes))

    def where(self, chosen: NDArray[np.bool_]) -> "Known":
        """Some of the trials with a value, and no failures."""
        return Known(
            self.numbers[chosen],
            self.codes[chosen],
            self.y[chosen],
            self.unchosen[chosen],
            self.failed[:0],
            self.failed_codes[:0],
        )


def known_of(history: History, reasons: Mapping[int, str] | None = None) -> Known:
    """The trials of a history.

    Args:
        history: of finished trials.
        reasons: why trials failed, by number.
    """
    states = np.array(history.states, dtype=object)
    complete = states == State.COMPLETE
    valued = complete & is_usable(history.y)
    penalties = np.zeros(len(valued), dtype=bool)
    penalties[valued] = is_penalty(history.y[valued])
    failed = (states == State.FAILED) | (complete & (~valued | penalties))
    valued &= ~penalties
    told = dict(reasons or {})
    for number, value in zip(
        history.numbers[failed].tolist(), history.y[failed].tolist(), strict=True
    ):
        if number not in told and not np.isnan(value):
            told[number] = f"the value {value:g}"
    codes = history.codes[valued]
    return Known(
        history.numbers[valued],
        codes,
        history.y[valued],
        _unchosen(codes, [history.regions[i] for i in np.flatnonzero(valued)]),
        history.numbers[failed],
        history.codes[failed],
        told,
        int((states == State.PRUNED).sum()),
    )


def _is_equal(rows: Codes, codes: Values) -> NDArray[np.bool_]:
    return np.asarray(((rows == codes) | (np.isnan(rows) & np.isnan(codes))).all(axis=1))


def _unchosen(codes: Codes, regions: list[str]) -> NDArray[np.bool_]:
    uniform = np.array([region == Region().digest for region in regions], dtype=bool)
    if uniform.sum() >= REFERENCE:
        return uniform
    first = np.zeros(len(codes), dtype=bool)
    _, appearance = np.unique(alike(codes), return_index=True)
    first[np.sort(appearance)[:REFERENCE]] = True
    return np.asarray(first | uniform)
