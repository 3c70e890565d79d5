"""Harmonica as an Optuna sampler.

Threads, pickled copies, processes and a restart agree, because what a trial gets is a function of (seed,
stage, trial number, parameter name) and of the closed stages in the storage.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from weakref import WeakKeyDictionary

from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler
from optuna.storages import BaseStorage
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState

from overtone.errors import SearchError
from overtone.search.harmonica.fidelity import Fidelities
from overtone.search.harmonica.settings import Settings
from overtone.search.harmonica.stage import Stage, region_after
from overtone.search.region import draw_code
from overtone.search.repeats import Repeats
from overtone.space import Interval, SearchSpace
from overtone.spectrum.recovery.rule import Auto, RecoverySettings
from overtone.study.arguments import warn_of_stranger
from overtone.study.caching import CachingSampler
from overtone.study.distributions import inside, narrowed, parameter_of
from overtone.study.harmonica.stages import StageKeeper
from overtone.study.harmonica.transfer import conclude, is_checking, repetitions
from overtone.study.storage import (
    FIXED,
    TAG,
    EndOfStudy,
    facts_of_trial,
    holds,
    key_of_trial,
    sign_of,
    storage_of,
    store_end,
    store_fact_of_trial,
    trials_of,
)

# Seconds between two looks at the storage while a worker waits for a stage's last trials.
POLL: Final = 0.05
# Bases that pause trials, which Optuna cannot.
PAUSING: Final = ("successive-halving", "hyperband", "asha")


@dataclass(frozen=True)
class Position:
    """Where a trial stands.

    Attributes:
        stage: the closed stages when it was drawn.
        intervals: that it keeps to.
        given: values that are not drawn: what is fixed, and the configuration that a check repeats.
        is_check: whether it repeats a configuration of the last stage.
    """

    stage: int
    intervals: Mapping[str, Interval]
    given: Mapping[str, Any]
    is_check: bool


@dataclass(frozen=True)
class _Cache:
    """The closed stages, and the positions of unfinished trials, by their keys in each storage."""

    stages: StageKeeper
    positions: "WeakKeyDictionary[BaseStorage, dict[int, Position]]" = field(
        default_factory=WeakKeyDictionary
    )


class HarmonicaSampler(CachingSampler[_Cache]):
    """Samples by Harmonica: stages of uniform trials that each pin what they found to matter.

    Args:
        space: the parameters and their conditions. Left out, the space is what the trials asked for; a
            condition is then inferred where one categorical parameter decides it.
        stages: recoveries before the base sampler takes over. Raise it when stages still find something.
        samples: uniform trials of a stage. Raise it when values are noisy; "auto" takes ten times the
            logarithm of the number of terms.
        degree: the most parameters in a term, 1 to 5, or "auto".
        sparsity: the most groups of terms that a stage keeps, or "auto" for all above the noise.
        restriction: best assignments that a stage keeps. Raise it when the polynomial explains little.
        penalty: of the Lasso in units of the objective (the paper's lambda is 2 * samples * penalty), or
            "auto".
        base: the Optuna sampler of the last stage, in what is left of the space; uniform draws if left out.
        fidelities: values that the stages fix, cheap ones, and those that the end does. The objective asks
            the trial for them as for any parameter. Between the two, some configurations are evaluated again,
            and a warning says if the stages tell little of the end.
        seed: the same seed gives the same trials whatever ran beside them, if `base` does so too.
        wait: whether a worker that finds all trials of a stage under way waits for their values, instead of
            drawing further ones. With it, parallel runs repeat exactly: a trial waits until those of lower
            number have begun to draw, too. Trials asked for but never told would be waited for without end.

    Raises:
        ValueError: a `RecoveryError` or a `SearchError`, if a setting is out of range.
    """

    def __init__(  # noqa: PLR0913  # the paper's settings, each with a default
        self,
        *,
        space: SearchSpace | None = None,
        stages: int = Settings.stages,
        samples: int | Auto = Settings.samples,
        degree: int | Auto = RecoverySettings.degree,
        sparsity: int | Auto = RecoverySettings.sparsity,
        restriction: int = Settings.restriction,
        penalty: float | Auto = RecoverySettings.penalty,
        base: BaseSampler | None = None,
        fidelities: Fidelities | None = None,
        seed: int | None = None,
        wait: bool = False,
        repeats: Repeats | None = None,
    ) -> None:
        super().__init__(space, seed, repeats)
        _refuse_wrong_kinds(base, fidelities)
        if not isinstance(wait, bool):
            raise SearchError(f"wait is {wait!r}, but True or False is expected.")
        recovery = RecoverySettings(degree, sparsity, penalty)
        self._settings = Settings(recovery, samples, restriction, stages)
        _refuse_other_stages(fidelities, stages)
        if fidelities is not None and space is not None:
            fidelities.refuse_varying(space.names)
        self._base = base
        self._fidelities = fidelities
        self._wait = wait
        self._forget()

    def _new_cache(self) -> "_Cache":
        return _Cache(StageKeeper(self._settings, self._space, self._fidelities, self._wait))

    def reseed_rng(self) -> None:
        """Give the base sampler new random numbers.

        Harmonica's own depend on the trial's number, so copies of the sampler never repeat each other.
        """
        if self._base is not None:
            self._base.reseed_rng()

    def before_trial(self, study: Study, trial: FrozenTrial) -> None:
        """Decide whether the trial runs a configuration again, and pass on to the base sampler."""
        super().before_trial(study, trial)
        if self._base is not None:
            self._base.before_trial(study, trial)

    def after_trial(
        self,
        study: Study,
        trial: FrozenTrial,
        state: TrialState,
        values: Sequence[float] | None,
    ) -> None:
        """Pass on to the base sampler."""
        self._cache.positions.get(storage_of(study), {}).pop(key_of_trial(trial), None)
        if self._base is not None:
            self._base.after_trial(study, trial, state, values)

    def infer_relative_search_space(
        self, study: Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """What the base sampler draws together, narrowed to the trial's region; nothing during the stages.

        Raises:
            ValueError: if the study has several objectives.
        """
        position = self._position(study, trial)
        base = self._base_at(position)
        if base is None:
            return {}
        relative = base.infer_relative_search_space(self._seen(study), trial)
        return {
            name: self._narrowed(distribution, position.intervals.get(name))
            for name, distribution in relative.items()
            if name not in position.given
        }

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """A joint draw: the base sampler's in the last stage, uniform in the trial's region before.

        What the base sampler leaves out, or draws outside the region, it is asked for by itself.

        Raises:
            ValueError: if the study has several objectives.
        """
        position = self._position(study, trial)
        base = self._base_at(position)
        drawn: dict[str, Any] = {}
        if base is not None:
            intervals = position.intervals
            free = {n: d for n, d in search_space.items() if not _is_point(intervals.get(n))}
            found = base.sample_relative(self._seen(study), trial, free)
            # Not every sampler keeps to the space it is given: a grouping TPE uses its own.
            drawn = {n: value for n, value in found.items() if n in free and holds(free[n], value)}
        for name, distribution in search_space.items():
            if name not in drawn:
                drawn[name] = self.sample_independent(study, trial, name, distribution)
        return drawn

    def sample_independent(
        self,
        study: Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:  # as Optuna has it
        """One parameter: the base sampler's choice in the last stage, uniform in the trial's region before.

        Raises:
            SearchError: if a value that a stage or the end fixes is none that the trial may have.
            ValueError: if the study has several objectives.
        """
        position = self._position(study, trial)
        if param_name in position.given:
            return _given(param_name, param_distribution, position.given[param_name])
        warn_of_stranger(self._space, param_name)
        interval, base = position.intervals.get(param_name), self._base_at(position)
        if base is not None and not _is_point(interval):
            inner = self._narrowed(param_distribution, interval)
            return base.sample_independent(self._seen(study), trial, param_name, inner)
        return self._uniform(trial, param_name, param_distribution, position)

    def _base_at(self, position: Position) -> BaseSampler | None:
        """The base sampler, if it draws the trial."""
        is_staged = position.stage < self._settings.stages
        return None if is_staged or position.is_check else self._base

    def _seen(self, study: Study) -> Study:
        """The study as the base sampler sees it: values at another fidelity are of another problem."""
        return study if self._fidelities is None else EndOfStudy(study)

    def _uniform(
        self,
        trial: FrozenTrial,
        name: str,
        distribution: BaseDistribution,
        position: Position,
    ) -> Any:  # as Optuna has it
        interval = position.intervals.get(name)
        code = draw_code(
            parameter_of(name, distribution),
            None if interval is None else inside(distribution, interval),
            seed=self._seed,
            stage=position.stage,
            trial=trial.number,
        )
        return distribution.to_external_repr(code)

    @staticmethod
    def _narrowed(distribution: BaseDistribution, interval: Interval | None) -> BaseDistribution:
        within = inside(distribution, interval) if interval is not None else None
        return distribution if within is None else narrowed(distribution, within)

    def _position(self, study: Study, trial: FrozenTrial) -> Position:
        """The stage of a trial and the intervals it keeps to, decided once and stored with it."""
        sign_of(study)  # refuses a study of several objectives
        while True:
            with self._lock:
                position = self._decided(study, trial)
            if position is not None:
                return position
            time.sleep(POLL)

    def _decided(self, study: Study, trial: FrozenTrial) -> Position | None:
        """The position of a trial, or None if it has to wait."""
        key = key_of_trial(trial)
        positions = self._cache.positions.setdefault(storage_of(study), {})
        if key not in positions:
            # A trial that another process began has its stage in the storage already.
            tag = facts_of_trial(study, trial).get(TAG)
            stages = (
                self._cache.stages.advance(study, trial.number)
                if tag is None
                else self._cache.stages.stored(study)[: tag["stage"]]
            )
            if stages is not None and tag is None:
                tag = self._tag(study, trial, stages)
            if stages is None or tag is None:
                return None
            positions[key] = self._place(study, trial, stages, tag)
        return positions[key]

    def _place(
        self, study: Study, trial: FrozenTrial, stages: Sequence[Stage], tag: Mapping[str, Any]
    ) -> Position:
        intervals = region_after(stages).intervals(self._seed, len(stages), trial.number)
        given, origin = dict(self._cache.stages.fixed(len(stages))), tag.get("check")
        if origin is not None:
            repeated = next(t for t in trials_of(study) if t.number == origin)
            given = {**repeated.params, **given}
        return Position(len(stages), intervals, given, origin is not None)

    def _tag(
        self, study: Study, trial: FrozenTrial, stages: Sequence[Stage]
    ) -> Mapping[str, Any] | None:
        """Store what a trial is drawn from; None if it has to wait for the transfer check."""
        tag: dict[str, Any] = {"stage": len(stages)}
        is_given = FIXED in facts_of_trial(study, trial)
        if self._fidelities is not None:
            store_end(study, self._fidelities.end)
        if len(stages) >= self._settings.stages and not is_given:
            again = self._repetitions(study, stages)
            if self._wait and is_checking(again):
                return None
            missing = [origin for origin, repetition in again.items() if repetition is None]
            if missing:
                tag["check"] = missing[0]
            if self._fidelities is not None:
                conclude(study, again, self._fidelities)
        is_uniform = self._base is None or len(stages) < self._settings.stages
        is_drawn = is_uniform and "check" not in tag
        tag["region"] = self._cache.stages.digest(stages) if is_drawn else ""
        store_fact_of_trial(study, trial, TAG, tag)
        return tag

    def _repetitions(
        self, study: Study, stages: Sequence[Stage]
    ) -> Mapping[int, FrozenTrial | None]:
        if self._fidelities is None or not stages:
            return {}
        return repetitions(study, stages, self._fidelities, seed=self._seed)

    def is_closing(self, study: Study) -> bool:
        """Whether all trials that the open stage needs are under way, so that a further one would be extra.

        For whoever starts trials and can wait: the next stage knows more than a further draw of this one.
        """
        with self._lock:
            return self._cache.stages.is_closing(study)

    def is_held(self, study: Study) -> bool:
        """Whether a further trial should not begin before others have ended.

        With `wait`, while a stage is closing; in any case while the transfer check is under way: its warning
        comes before the end's budget is spent.
        """
        if self._wait and self.is_closing(study):
            return True
        with self._lock:
            stages = self._cache.stages.stored(study)
            is_over = len(stages) >= self._settings.stages
            return is_over and is_checking(self._repetitions(study, stages))

    def is_after_stages(self, trial: FrozenTrial) -> bool:
        """Whether a trial was drawn after the last stage, and not for the transfer check."""
        tag = trial.system_attrs.get(TAG, {"stage": -1})
        is_checked = "check" in tag or FIXED in trial.system_attrs
        return bool(tag["stage"] >= self._settings.stages) and not is_checked


def _refuse_wrong_kinds(base: object, fidelities: object) -> None:
    if isinstance(base, str) and base in PAUSING:
        raise SearchError(
            f"base is {base!r}, which pauses trials and promotes some of them later, but a trial of "
            "study.optimize runs to its end. Leave base out and give the study a pruner, which can only stop "
            f"trials; or write base = {base!r} in a study file, for `overtone tune`."
        )
    if base is not None and not isinstance(base, BaseSampler):
        raise SearchError(
            f"base is {base!r}, but an Optuna sampler such as optuna.samplers.TPESampler() is expected."
        )
    if fidelities is not None and not isinstance(fidelities, Fidelities):
        raise SearchError(
            f"fidelities is {fidelities!r}, but Fidelities are expected: write "
            "Fidelities(stages=({'layers': 8},), end={'layers': 56})."
        )


def _refuse_other_stages(fidelities: Fidelities | None, stages: int) -> None:
    if fidelities is not None and len(fidelities.stages) not in (1, stages):
        raise SearchError(
            f"fidelities has {len(fidelities.stages)} stages, but stages is {stages}. "
            "Give one table for each stage, or one for all of them."
        )


def _given(name: str, distribution: BaseDistribution, value: Any) -> Any:
    """A value that is not drawn, if the trial may have it."""
    try:
        is_possible = holds(distribution, value)
    except (TypeError, ValueError):
        is_possible = False
    if not is_possible:
        raise SearchError(
            f"{name!r} is fixed to {value!r}, but the trial asks for it from {distribution}. "
            "Ask for a range, or for choices, that hold all its values in `fidelities`."
        )
    return value


def _is_point(interval: Interval | None) -> bool:
    return interval is not None and interval.low == interval.high
