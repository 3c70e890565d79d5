"""Harmonica as an Optuna sampler.

The sampler holds its settings and a cache, nothing else: threads, pickled copies, processes and a restart
agree, because what a trial gets is a function of (seed, stage, trial number, parameter name) and of the
closed stages in the storage.
"""

import secrets
import threading
import time
import warnings
from collections.abc import Sequence
from typing import Any, Final, TypeAlias
from weakref import WeakKeyDictionary

import numpy as np
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler
from optuna.storages import BaseStorage
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState

from overtone.errors import SearchError, WeakSignalWarning
from overtone.search.harmonica import (
    LEAST_SAMPLES,
    Settings,
    Stage,
    close,
    cohort,
    region_after,
    samples_for,
    samples_needed,
)
from overtone.search.region import draw_code
from overtone.space import Interval, SearchSpace
from overtone.spectrum.rules import Auto, Rules
from overtone.study.distributions import (
    inside,
    narrowed,
    parameter_of,
)
from overtone.study.history import (
    TAG,
    discovered_space,
    drawn_region,
    history_of,
    is_undecided,
    sign_of,
    trials_of,
)
from overtone.study.records import PREFIX, Json, stage_from_json, stage_to_json

# Seconds between two looks at the storage while a worker waits for a stage's last trials.
POLL: Final = 0.05

# A trial's stage, and the intervals that it keeps to.
Position: TypeAlias = tuple[int, dict[str, Interval]]


class HarmonicaSampler(BaseSampler):
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
        seed: the same seed gives the same trials whatever ran beside them, if `base` does so too.
        wait: whether a worker that finds all trials of a stage under way waits for their values, instead of
            drawing further ones. With it, parallel runs repeat exactly: a trial waits until those of lower
            number have begun to draw, too. Trials asked for but never told would be waited for without end.

    Raises:
        RecoveryError, SearchError: if a setting is out of range.
    """

    def __init__(  # noqa: PLR0913  # the paper's settings, each with a default
        self,
        *,
        space: SearchSpace | None = None,
        stages: int = 2,
        samples: int | Auto = "auto",
        degree: int | Auto = "auto",
        sparsity: int | Auto = "auto",
        restriction: int = 4,
        penalty: float | Auto = "auto",
        base: BaseSampler | None = None,
        seed: int | None = None,
        wait: bool = False,
    ) -> None:
        if space is not None and not isinstance(space, SearchSpace):
            raise SearchError(
                f"space is a {type(space).__name__}, but a SearchSpace is expected: "
                "write overtone.SearchSpace([overtone.Categorical(...), ...])."
            )
        if base is not None and not isinstance(base, BaseSampler):
            raise SearchError(
                f"base is {base!r}, but an Optuna sampler such as optuna.samplers.TPESampler() is expected."
            )
        is_whole = isinstance(seed, int | np.integer) and not isinstance(seed, bool)
        if seed is not None and not (is_whole and seed >= 0):
            raise SearchError(f"seed is {seed!r}, but a whole number from 0 on is expected.")
        if not isinstance(wait, bool):
            raise SearchError(f"wait is {wait!r}, but True or False is expected.")
        rules = Rules(degree, sparsity, penalty)
        self._settings = Settings(rules, samples, restriction, stages)
        self._space = space
        self._base = base
        self._seed = secrets.randbits(32) if seed is None else int(seed)
        self._wait = wait
        self._fresh_cache()

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        for cached in ("_lock", "_stages", "_positions"):
            del state[cached]
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._fresh_cache()

    def _fresh_cache(self) -> None:
        self._lock = threading.RLock()
        # Each record as it was stored and as a Stage; one that another study or worker wrote is read anew.
        self._stages: list[tuple[Json, Stage]] = []
        # Of unfinished trials, by their id in the storage. Two storages use the same ids.
        self._positions: WeakKeyDictionary[BaseStorage, dict[int, Position]] = WeakKeyDictionary()

    def reseed_rng(self) -> None:
        """Give the base sampler new random numbers.

        Harmonica's own depend on the trial's number, so copies of the sampler never repeat each other.
        """
        if self._base is not None:
            self._base.reseed_rng()

    def before_trial(self, study: Study, trial: FrozenTrial) -> None:
        """Pass on to the base sampler."""
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
        self._positions.get(study._storage, {}).pop(trial._trial_id, None)  # noqa: SLF001
        if self._base is not None:
            self._base.after_trial(study, trial, state, values)

    def infer_relative_search_space(
        self, study: Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """What the base sampler draws together, narrowed to the trial's region; nothing during the stages.

        Raises:
            ValueError: if the study has several objectives.
        """
        stage, intervals = self._position(study, trial)
        if self._base is None or stage < self._settings.stages:
            return {}
        relative = self._base.infer_relative_search_space(study, trial)
        return {
            name: self._narrowed(distribution, intervals.get(name))
            for name, distribution in relative.items()
        }

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """A joint draw: the base sampler's in the last stage, uniform in the trial's region before.

        What the base sampler leaves out, or draws outside the region, it is asked for by itself.

        Raises:
            ValueError: if the study has several objectives.
        """
        stage, intervals = self._position(study, trial)
        drawn: dict[str, Any] = {}
        if self._base is not None and stage >= self._settings.stages:
            free = {n: d for n, d in search_space.items() if not _is_point(intervals.get(n))}
            found = self._base.sample_relative(study, trial, free)
            # Not every sampler keeps to the space it is given: a grouping TPE uses its own.
            drawn = {n: value for n, value in found.items() if n in free and _holds(free[n], value)}
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
            ValueError: if the study has several objectives.
        """
        stage, intervals = self._position(study, trial)
        interval = intervals.get(param_name)
        if self._base is not None and stage >= self._settings.stages and not _is_point(interval):
            inner = self._narrowed(param_distribution, interval)
            return self._base.sample_independent(study, trial, param_name, inner)
        return self._uniform(trial, param_name, param_distribution, stage, intervals)

    def _uniform(
        self,
        trial: FrozenTrial,
        name: str,
        distribution: BaseDistribution,
        stage: int,
        intervals: dict[str, Interval],
    ) -> Any:  # as Optuna has it
        within = inside(distribution, intervals[name]) if name in intervals else None
        code = draw_code(
            parameter_of(name, distribution),
            within,
            seed=self._seed,
            stage=stage,
            trial=trial.number,
        )
        return distribution.to_external_repr(code)

    @staticmethod
    def _narrowed(distribution: BaseDistribution, interval: Interval | None) -> BaseDistribution:
        within = inside(distribution, interval) if interval is not None else None
        return distribution if within is None else narrowed(distribution, within)

    def _position(self, study: Study, trial: FrozenTrial) -> Position:
        """The stage of a trial and the intervals it keeps to, decided once and stored with it."""
        sign = sign_of(study)
        while True:
            with self._lock:
                position = self._decided(study, trial, sign)
            if position is not None:
                return position
            time.sleep(POLL)

    def _decided(self, study: Study, trial: FrozenTrial, sign: float) -> Position | None:
        """The position of a trial, or None if it has to wait."""
        number, storage = trial._trial_id, study._storage  # noqa: SLF001
        positions = self._positions.setdefault(storage, {})
        if number not in positions:
            # A trial that another process began has its stage in the storage already.
            tag = storage.get_trial_system_attrs(number).get(TAG)
            stages = (
                self._advance(study, trial, sign)
                if tag is None
                else self._stored_stages(study)[: tag["stage"]]
            )
            if stages is None:
                return None
            if tag is None:
                self._tag(study, trial, stages)
            intervals = region_after(stages).intervals(self._seed, len(stages), trial.number)
            positions[number] = len(stages), intervals
        return positions[number]

    def _tag(self, study: Study, trial: FrozenTrial, stages: Sequence[Stage]) -> None:
        is_uniform = self._base is None or len(stages) < self._settings.stages
        tag: Json = {
            "stage": len(stages),
            "region": region_after(stages).digest if is_uniform else "",
        }
        study._storage.set_trial_system_attr(trial._trial_id, TAG, tag)  # noqa: SLF001

    def _stored_stages(self, study: Study) -> list[Stage]:
        """The closed stages of a study."""
        attributes = study._storage.get_study_system_attrs(study._study_id)  # noqa: SLF001
        known: list[tuple[Json, Stage]] = []
        while (record := attributes.get(f"{PREFIX}{len(known)}")) is not None:
            k = len(known)
            is_cached = k < len(self._stages) and self._stages[k][0] == record
            known.append(self._stages[k] if is_cached else (record, stage_from_json(record)))
        self._stages = known
        return [stage for _, stage in known[: self._settings.stages]]

    def _advance(self, study: Study, trial: FrozenTrial, sign: float) -> list[Stage] | None:
        """The closed stages, after closing those whose cohort is complete; None if a trial has to wait."""
        while True:
            stages = self._stored_stages(study)
            if len(stages) >= self._settings.stages:
                return stages
            trials = trials_of(study)
            if self._wait:
                # What comes later must not matter, and what came before must be known.
                trials = [t for t in trials if t.number < trial.number]
                if any(is_undecided(t) for t in trials):
                    return None
            drawn, needed = self._drawn(trials, stages)
            members = _cohort(drawn, needed)
            if members is not None:
                self._close(study, stages, members, sign)
            elif self._wait and len(drawn) >= needed:
                return None
            else:
                return stages

    def _drawn(
        self, trials: Sequence[FrozenTrial], stages: Sequence[Stage]
    ) -> tuple[list[FrozenTrial], int]:
        """The trials drawn from the open stage's region, and how many it needs."""
        digest = region_after(stages).digest
        drawn = [trial for trial in trials if drawn_region(trial) == digest]
        samples = self._settings.samples
        if samples == "auto":
            samples = self._samples_for(drawn)
        return drawn, samples_needed(samples, stages)

    def _samples_for(self, drawn: Sequence[FrozenTrial]) -> int:
        """The automatic samples of a stage; of an unknown space, as its first trials show it."""
        if self._space is not None:
            return samples_for(self._space, stages=self._settings.stages)
        first = _cohort(drawn, LEAST_SAMPLES)
        if first is None:
            return LEAST_SAMPLES
        return samples_for(discovered_space(first), stages=self._settings.stages)

    def _close(
        self, study: Study, stages: Sequence[Stage], members: Sequence[FrozenTrial], sign: float
    ) -> None:
        space = self._space if self._space is not None else discovered_space(members)
        stage = close(space, self._settings, stages, history_of(members, space, sign))
        study._storage.set_study_system_attr(  # noqa: SLF001
            study._study_id,  # noqa: SLF001
            f"{PREFIX}{stage.index}",
            stage_to_json(stage),
        )
        if not any(stage.alternatives):
            failed = f" ({stage.failed} of them failed)" if stage.failed else ""
            is_last = stage.index + 1 == self._settings.stages
            after = "" if is_last else " Its trials are used again by the next stage."
            # Last, since a filter may turn it into an error.
            warnings.warn(
                f"Stage {stage.index + 1} found nothing above the noise in {len(stage.cohort)} trials"
                f"{failed}, and pinned nothing.{after} More samples a stage may help.",
                WeakSignalWarning,
                stacklevel=2,
            )

    def is_closing(self, study: Study) -> bool:
        """Whether all trials that the open stage needs are under way, so that a further one would be extra.

        For whoever starts trials and can wait: the next stage knows more than a further draw of this one.
        """
        with self._lock:
            stages = self._stored_stages(study)
            if len(stages) >= self._settings.stages:
                return False
            drawn, needed = self._drawn(trials_of(study), stages)
            return len(drawn) >= needed and not all(t.state.is_finished() for t in drawn[:needed])


def _cohort(drawn: Sequence[FrozenTrial], needed: int) -> list[FrozenTrial] | None:
    """The trials that a stage closes on, or None if it is too early."""
    members = cohort([t.number for t in drawn], [t.state.is_finished() for t in drawn], needed)
    return None if members is None else [t for t in drawn if t.number in set(members)]


def _holds(distribution: BaseDistribution, value: object) -> bool:
    return distribution._contains(distribution.to_internal_repr(value))  # noqa: SLF001


def _is_point(interval: Interval | None) -> bool:
    return interval is not None and interval.low == interval.high
