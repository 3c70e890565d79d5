"""The anytime proposer as an Optuna sampler.

What a trial gets is a function of (seed, trial number), of the finished trials in the order in which they
ended, and of what the running ones were given.
"""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, TypeAlias
from weakref import WeakKeyDictionary

from optuna.distributions import BaseDistribution
from optuna.storages import BaseStorage
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState

from overtone.search.repeats import Repeats
from overtone.search.spectral.proposer import Proposer, draw_first
from overtone.search.spectral.turns import USUAL, Turns
from overtone.space import SearchSpace
from overtone.spectrum.threads import one_blas_thread
from overtone.study.arguments import warn_of_stranger
from overtone.study.caching import CachingSampler
from overtone.study.distributions import parameter_of
from overtone.study.history import warn_of_left_out
from overtone.study.spectral.ledger import Ledger
from overtone.study.storage import (
    FIXED,
    GIVEN,
    key_of,
    sign_of,
    storage_of,
    store_fact_of_trial,
    trials_of,
)


class SpectralSampler(CachingSampler["_Cache"]):
    """Samples by a Gaussian posterior over all products of settings, from the first trial to the last.

    Good after 30 trials and still improving after 1,000; parameters of any kind, conditional ones too; failed
    trials are avoided, and noise is averaged out. A trial costs milliseconds, and any number may run at once.

    Args:
        space: the parameters and their conditions. Left out, the space is what the trials asked for; a
            condition is then inferred where one categorical parameter decides it.
        seed: the same seed and the same trials give the same proposals, in any process.
        repeats: some trials run a configuration again, so that it is known how much runs vary and which
            configuration is best: `overtone.Repeats(trials=100)` for a study of a hundred trials.

    Raises:
        SearchError: if an argument is of the wrong kind.
    """

    # When a trial does something else than to climb the expected improvement.
    turns: ClassVar[Turns] = USUAL

    def __init__(
        self,
        *,
        space: SearchSpace | None = None,
        seed: int | None = None,
        repeats: Repeats | None = None,
    ) -> None:
        super().__init__(space, seed, repeats)
        self._forget()

    def _new_cache(self) -> "_Cache":
        # By storage and study: two storages number their studies alike.
        return WeakKeyDictionary()

    def reseed_rng(self) -> None:
        """Do nothing: the random numbers depend on a trial's number, so copies never repeat each other."""

    def infer_relative_search_space(
        self, study: Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """All parameters that the trials asked for, or those of the space.

        Raises:
            ValueError: if the study has several objectives.
        """
        del trial
        sign_of(study)
        with self._lock:
            return dict(self._updated(study, trials_of(study)).ledger.distributions)

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """A joint proposal for the parameters asked for; the others stay as the last trial had them."""
        if not search_space or FIXED in trial.system_attrs:
            return {}
        with self._lock, one_blas_thread():
            trials = trials_of(study)
            known = self._updated(study, trials)
            ledger = known.ledger
            running = [
                t for t in trials if t.state == TrialState.RUNNING and t.number != trial.number
            ]
            codes = known.proposer.propose(
                ledger.outcomes,
                ledger.pending(running),
                number=trial.number,
                fixed=ledger.latest(set(ledger.space.names) - set(search_space)),
            )
            given = ledger.values(codes)
            # Before the next thread asks, so that it knows of this trial.
            store_fact_of_trial(study, trial, GIVEN, ledger.given(given))
        return {name: value for name, value in given.items() if name in search_space}

    def sample_independent(
        self,
        study: Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:  # as Optuna has it
        """One parameter that no trial has asked for yet: a stratified draw.

        Raises:
            ValueError: if the study has several objectives.
        """
        sign_of(study)
        warn_of_stranger(self._space, param_name)
        parameter = parameter_of(param_name, param_distribution)
        code = draw_first(parameter, trial.number, self._seed)
        return param_distribution.to_external_repr(code)

    def _updated(self, study: Study, trials: Sequence[FrozenTrial]) -> "_Known":
        """What is known of a study, with the trials that ended since."""
        studies = self._cache.setdefault(storage_of(study), {})
        known = studies.get(key_of(study))
        if known is None or not known.ledger.continues(trials):
            known = _Known(self._space, sign_of(study), self._proposer)
            studies[key_of(study)] = known
        known.update(trials)
        return known

    def _proposer(self, space: SearchSpace) -> Proposer:
        return Proposer(space, self._seed, self.turns)


class _Known:
    """The trials of one study as arrays, and a proposer for their space."""

    def __init__(
        self, space: SearchSpace | None, sign: float, make: Callable[[SearchSpace], Proposer]
    ) -> None:
        self.ledger = Ledger(space, sign)
        self._make = make
        self._named: set[str] = set()  # the reasons for leaving trials out that a warning has given
        self.proposer = make(self.ledger.space)

    def update(self, trials: Sequence[FrozenTrial]) -> None:
        before = self.ledger.space
        left_out = self.ledger.update(trials)
        if self.ledger.space is not before:
            self.proposer = self._make(self.ledger.space)
        warn_of_left_out(left_out, self._named)


_Cache: TypeAlias = WeakKeyDictionary[BaseStorage, dict[int, _Known]]
