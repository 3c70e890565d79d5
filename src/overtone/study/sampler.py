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
from typing import Any, Final

from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler
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
from overtone.search.outcomes import History
from overtone.search.region import Region, draw_code
from overtone.space import Interval, SearchSpace
from overtone.spectrum.recovery import Auto, Rules
from overtone.study.distributions import (
    distribution_of,
    inside,
    narrowed,
    parameter_of,
)
from overtone.study.history import (
    TAG,
    discovered_space,
    drawn_region,
    history_of,
    sign_of,
    trials_of,
)
from overtone.study.records import PREFIX, stage_to_json, stages_in

# Seconds between two looks at the storage while a worker waits for a stage's last trials.
POLL: Final = 0.05


class HarmonicaSampler(BaseSampler):
    """Samples by Harmonica: stages of uniform trials that each pin what they found to matter.

    Args:
        space: the parameters and their conditions. Left out, the space is what the trials asked for; a condition
            is then inferred where one categorical parameter decides it.
        stages: recoveries before the base sampler takes over. Raise it when stages still find something.
        samples: uniform trials of a stage. Raise it when values are noisy; "auto" takes ten times the
            logarithm of the number of terms.
        degree: the most parameters in a term, 1 to 5, or "auto".
        sparsity: the most groups of terms that a stage keeps, or "auto" for all above the noise.
        restriction: best assignments that a stage keeps. Raise it when the polynomial explains little.
        penalty: of the Lasso in units of the objective (the paper's lambda is 2 * samples * penalty), or "auto".
        base: the Optuna sampler of the last stage, in what is left of the space; uniform draws if left out.
        seed: the same seed gives the same trials whatever ran beside them, if `base` does so too.
        wait: whether a worker that finds all trials of a stage under way waits for their values, instead of
            drawing further ones. With it, parallel runs repeat exactly; trials asked for but never told
            would be waited for without end.

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
        if seed is not None and (not isinstance(seed, int) or seed < 0):
            raise SearchError(f"seed is {seed!r}, but a whole number from 0 on is expected.")
        rules = Rules(degree, sparsity, penalty)
        self._settings = Settings(rules, samples, restriction, stages)
        self._space = space
        self._base = base
        self._seed = secrets.randbits(32) if seed is None else seed
        self._wait = wait
        self._fresh_cache()

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        for cached in ("_lock", "_closed", "_intervals"):
            del state[cached]
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._fresh_cache()

    def _fresh_cache(self) -> None:
        self._lock = threading.RLock()
        self._closed: dict[int, list[Stage]] = {}  # by study
        self._intervals: dict[tuple[int, int], dict[str, Interval]] = {}  # by study and trial

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
        self._intervals.pop((study._study_id, trial._trial_id), None)  # noqa: SLF001
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

        Raises:
            ValueError: if the study has several objectives.
        """
        stage, intervals = self._position(study, trial)
        pinned = {
            name for name in search_space if _is_point(intervals.get(name))
        }
        drawn: dict[str, Any] = {}
        if self._base is not None and stage >= self._settings.stages:
            free = {name: d for name, d in search_space.items() if name not in pinned}
            drawn = self._base.sample_relative(study, trial, free)
        uniform = [name for name in search_space if name in pinned or name not in drawn]
        for name in uniform:
            drawn[name] = self._uniform(trial, name, search_space[name], stage, intervals)
        return drawn

    def sample_independent(
        self,
        study: Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:  # noqa: ANN401  # as Optuna has it
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
    ) -> Any:  # noqa: ANN401  # as Optuna has it
        within = inside(distribution, intervals[name]) if name in intervals else None
        code = draw_code(
            parameter_of(name, distribution), within, seed=self._seed, stage=stage, trial=trial.number
        )
        return distribution.to_external_repr(code)

    @staticmethod
    def _narrowed(distribution: BaseDistribution, interval: Interval | None) -> BaseDistribution:
        within = inside(distribution, interval) if interval is not None else None
        return distribution if within is None else narrowed(distribution, within)

    def _position(self, study: Study, trial: FrozenTrial) -> tuple[int, dict[str, Interval]]:
        """The stage of a trial and the intervals it keeps to, decided once and stored with it."""
        sign = sign_of(study)
        key = (study._study_id, trial._trial_id)  # noqa: SLF001
        tag = trial.system_attrs.get(TAG) or study._storage.get_trial_system_attrs(  # noqa: SLF001
            trial._trial_id  # noqa: SLF001
        ).get(TAG)
        with self._lock:
            if tag is not None:
                stages = self._stored_stages(study)[: tag["stage"]]
            else:
                stages = self._advance(study, sign)
                self._tag(study, trial, stages)
            if key not in self._intervals:
                region = region_after(stages)
                self._intervals[key] = region.intervals(self._seed, len(stages), trial.number)
            return len(stages), self._intervals[key]

    def _tag(self, study: Study, trial: FrozenTrial, stages: Sequence[Stage]) -> None:
        region = region_after(stages)
        is_uniform = self._base is None or len(stages) < self._settings.stages
        tag = {"stage": len(stages), "region": region.digest if is_uniform else ""}
        study._storage.set_trial_system_attr(trial._trial_id, TAG, tag)  # noqa: SLF001

    def _stored_stages(self, study: Study) -> list[Stage]:
        """The closed stages, read from the storage when it has more of them than are cached."""
        known = self._closed.get(study._study_id, [])  # noqa: SLF001
        attributes = study._storage.get_study_system_attrs(study._study_id)  # noqa: SLF001
        if f"{PREFIX}{len(known)}" in attributes:
            known = stages_in(attributes)
            self._closed[study._study_id] = known  # noqa: SLF001
        return known

    def _advance(self, study: Study, sign: float) -> list[Stage]:
        """The closed stages, after closing those whose cohort is complete."""
        while True:
            stages = self._stored_stages(study)
            if len(stages) >= self._settings.stages:
                return stages[: self._settings.stages]
            trials = trials_of(study)
            drawn, needed = self._drawn(trials, stages)
            members = cohort(
                [t.number for t in drawn], [t.state.is_finished() for t in drawn], needed
            )
            if members is not None:
                self._close(study, stages, [t for t in drawn if t.number in set(members)], sign)
            elif self._wait and len(drawn) >= needed:
                time.sleep(POLL)
            else:
                return stages

    def _drawn(
        self, trials: Sequence[FrozenTrial], stages: Sequence[Stage]
    ) -> tuple[list[FrozenTrial], int]:
        """The trials drawn from the open stage's region, and how many it needs."""
        digest = region_after(stages).digest
        drawn = [trial for trial in trials if drawn_region(trial) == digest]
        samples = self._settings.samples
        if samples == "auto" and len(drawn) < LEAST_SAMPLES:
            samples = LEAST_SAMPLES
        elif samples == "auto":
            space = self._space if self._space is not None else discovered_space(drawn)
            samples = samples_for(space, stages=self._settings.stages)
        return drawn, samples_needed(samples, stages)

    def _close(
        self, study: Study, stages: Sequence[Stage], members: Sequence[FrozenTrial], sign: float
    ) -> None:
        space = self._space if self._space is not None else discovered_space(members)
        stage = close(space, self._settings, stages, history_of(members, space, sign))
        if not stage.alternatives:
            warnings.warn(
                f"Stage {stage.index + 1} found nothing above the noise in {len(stage.cohort)} trials"
                f"{f' ({stage.failed} of them failed)' if stage.failed else ''}, and pinned nothing. Its trials are "
                "used again by the next stage; more samples a stage may help.",
                WeakSignalWarning,
                stacklevel=2,
            )
        study._storage.set_study_system_attr(  # noqa: SLF001
            study._study_id, f"{PREFIX}{stage.index}", stage_to_json(stage)  # noqa: SLF001
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


def _is_point(interval: Interval | None) -> bool:
    return interval is not None and interval.low == interval.high


def stages_of(study: Study) -> list[Stage]:
    """The closed stages of a study, first to last; none if another sampler ran it."""
    return stages_in(study._storage.get_study_system_attrs(study._study_id))  # noqa: SLF001


def space_of(study: Study) -> SearchSpace:
    """The space that the study's trials were drawn from."""
    return discovered_space([t for t in trials_of(study) if t.params])


def full_history(study: Study, space: SearchSpace) -> History:
    """All trials of a study that have parameters, with values to be minimised."""
    return history_of([t for t in trials_of(study) if t.params], space, sign_of(study))


__all__ = ["HarmonicaSampler", "distribution_of", "full_history", "space_of", "stages_of"]
