"""The spectral search without Optuna: ask for configurations, tell their values."""

from collections.abc import Mapping
from typing import Literal, final

import numpy as np

from overtone.errors import SearchError, SpaceError
from overtone.report.explanation import Explanation
from overtone.search.conclusions.findings import concluded, refuse_too_few
from overtone.search.history import LARGEST, History, State
from overtone.search.spectral.outcomes import Outcomes, no_outcomes
from overtone.search.spectral.proposer import Proposer
from overtone.space import Configuration, SearchSpace
from overtone.space.table import SpaceTable, space_of
from overtone.space.values import is_number, is_whole
from overtone.spectrum.basis import Values
from overtone.spectrum.threads import one_blas_thread
from overtone.study.arguments import seed_of


@final
class Search:
    """A search that is asked for configurations, and told what they gave.

    What it proposes is a function of the seed and of what it was asked and told, in order: another search
    that is asked and told the same goes on alike. It may be pickled; threads are not to share it.

    Args:
        space: a search space, or a table in the shape of a study file's `[space]`.
        seed: of everything; None for one that nobody has had before.
        direction: what is better, "minimize" or "maximize".

    Raises:
        SpaceError: if the space is none.
        SearchError: if the seed or the direction is none.
    """

    def __init__(
        self,
        space: SearchSpace | SpaceTable,
        *,
        seed: int | None = 0,
        direction: Literal["minimize", "maximize"] = "minimize",
    ) -> None:
        if direction not in ("minimize", "maximize"):
            raise SearchError(
                f'direction is {direction!r}, but "minimize" or "maximize" is expected.'
            )
        self.space = space_of(space)
        self._sign = -1.0 if direction == "maximize" else 1.0
        self._proposer = Proposer(self.space, seed_of(seed))
        self._asked = 0
        self._pending: list[Values] = []
        self._outcomes = no_outcomes(len(self.space))

    def ask(self, count: int = 1) -> list[Configuration]:
        """Configurations to try next, those asked for together, or not told yet, spread out.

        One that was tried is proposed again only where the space has hardly another.

        Args:
            count: how many, from 1 on.

        Raises:
            SearchError: if `count` is none.
        """
        if not is_whole(count) or count < 1:
            raise SearchError(f"count is {count!r}, but a whole number from 1 on is expected.")
        return [self._next() for _ in range(count)]

    def _next(self) -> Configuration:
        pending = np.array(self._pending).reshape(len(self._pending), len(self.space))
        with one_blas_thread():
            codes = self._proposer.propose(self._outcomes, pending, number=self._asked, fixed={})
        self._asked += 1
        self._pending.append(codes)
        return self.space.decode(codes)

    def tell(
        self,
        configuration: Mapping[str, object],
        value: float | None = None,
        *,
        failed: bool = False,
    ) -> None:
        """What a configuration gave; it need not have been asked for.

        Args:
            configuration: the active parameters.
            value: its value. A value that is not finite, or beyond 1e100, counts as a failure.
            failed: whether it has none.

        Raises:
            SpaceError: if it is no configuration of the space.
            SearchError: if there is neither a value nor a failure, or both.
        """
        is_right = value is None if failed else is_number(value)
        if not is_right or failed not in (True, False):  # numpy's own are equal to these
            raise SearchError(
                f"value is {value!r} and failed is {failed!r}, but a number, or failed=True, is expected."
            )
        if not isinstance(configuration, Mapping):
            raise SpaceError(
                f"The configuration is {configuration!r}, but a table from names to values is expected, "
                "as `ask` gives it."
            )
        codes = self.space.encode(dict(configuration))  # type: ignore[arg-type]  # it checks each value
        self._pending = _without(self._pending, codes)
        y = np.nan if value is None else self._sign * float(value)
        y = y if abs(y) <= LARGEST else np.nan
        told = Outcomes(codes[None], np.array([y]), np.zeros(1, dtype=bool))
        self._outcomes = self._outcomes.followed_by(told)

    @property
    def best(self) -> tuple[Configuration, float] | None:
        """The configuration of the best value told, and that value; None before one has succeeded."""
        y = self._outcomes.y
        if not np.isfinite(y).any():
            return None
        place = int(np.nanargmin(y))
        return self.space.decode(self._outcomes.codes[place]), self._sign * float(y[place])

    def explain(self) -> Explanation:
        """What the settings do, as far as the values told say.

        Raises:
            SearchError: if no configuration was told.
        """
        y = self._outcomes.y
        refuse_too_few(len(y), "The search")
        history = History(
            np.arange(len(y)),
            self._outcomes.codes,
            y,
            tuple(State.COMPLETE if np.isfinite(value) else State.FAILED for value in y),
            ("",) * len(y),
        )
        found = concluded(self.space, history, sign=self._sign, is_adaptive=True)
        return Explanation(found)


def _without(pending: list[Values], codes: Values) -> list[Values]:
    """The pending rows less the first that is this one."""
    for place, row in enumerate(pending):
        if np.array_equal(row, codes, equal_nan=True):
            return [*pending[:place], *pending[place + 1 :]]
    return pending
