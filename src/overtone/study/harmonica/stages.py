"""The stages of a study in its storage: which are closed, which trials belong to the open one, closing it."""

import hashlib
import json
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from optuna.study import Study
from optuna.trial import FrozenTrial

from overtone.errors import WeakSignalWarning
from overtone.search.harmonica.fidelity import Fidelities
from overtone.search.harmonica.settings import Settings
from overtone.search.harmonica.stage import (
    LEAST_SAMPLES,
    Stage,
    close,
    cohort,
    region_after,
    samples_for,
    samples_needed,
)
from overtone.space import Choice, SearchSpace
from overtone.study.discovery import discovered_space
from overtone.study.harmonica.records import Json, stage_from_json, stage_to_json
from overtone.study.history import history_of
from overtone.study.storage import (
    STAGE,
    drawn_region,
    facts_of,
    is_undecided,
    sign_of,
    store_fact,
    trials_of,
)

NOTHING: Final[Mapping[str, Choice]] = {}


@dataclass
class StageKeeper:
    """Closes the stages of studies, and says which are closed.

    Attributes:
        settings: of the search.
        space: the parameters; None if the trials have to show them.
        fidelities: what is fixed in each stage, if anything is.
        wait: whether a trial is decided on those of lower number alone.
    """

    settings: Settings
    space: SearchSpace | None
    fidelities: Fidelities | None
    wait: bool
    # Each record as it was stored and as a Stage; one that another study or worker wrote is read anew.
    _known: list[tuple[Json, Stage]] = field(default_factory=list)
    # Of each study, the reasons for leaving trials out that a warning has given.
    _named: dict[str, set[str]] = field(default_factory=dict)

    def fixed(self, stage: int) -> Mapping[str, Choice]:
        """What is fixed in a stage, from 0, or after the last."""
        if self.fidelities is None:
            return NOTHING
        return self.fidelities.at(stage, self.settings.stages)

    def digest(self, stages: Sequence[Stage]) -> str:
        """What names the region that follows these stages, and what is fixed in it."""
        digest, fixed = region_after(stages).digest, self.fixed(len(stages))
        if not fixed:
            return digest
        text = json.dumps(dict(sorted(fixed.items())))
        return f"{digest}@{hashlib.sha256(text.encode()).hexdigest()[:8]}"

    def stored(self, study: Study) -> list[Stage]:
        """The closed stages of a study."""
        facts = facts_of(study)
        known: list[tuple[Json, Stage]] = []
        while (record := facts.get(f"{STAGE}{len(known)}")) is not None:
            k = len(known)
            is_cached = k < len(self._known) and self._known[k][0] == record
            known.append(self._known[k] if is_cached else (record, stage_from_json(record)))
        self._known = known
        return [stage for _, stage in known[: self.settings.stages]]

    def advance(self, study: Study, number: int) -> list[Stage] | None:
        """The closed stages, after closing those whose cohort is complete.

        None if the trial of this number has to wait.
        """
        while True:
            stages = self.stored(study)
            if len(stages) >= self.settings.stages:
                return stages
            trials = trials_of(study)
            if self.wait:
                # What comes later must not matter, and what came before must be known.
                trials = [t for t in trials if t.number < number]
                if any(is_undecided(t) for t in trials):
                    return None
            drawn, needed = self._drawn(trials, stages)
            members = _cohort(drawn, needed)
            if members is not None:
                self._close(study, stages, members)
            elif self.wait and len(drawn) >= needed:
                return None
            else:
                return stages

    def is_closing(self, study: Study) -> bool:
        """Whether all trials that the open stage needs are under way: a further one would be extra."""
        stages = self.stored(study)
        if len(stages) >= self.settings.stages:
            return False
        drawn, needed = self._drawn(trials_of(study), stages)
        return len(drawn) >= needed and not all(t.state.is_finished() for t in drawn[:needed])

    def space_of(self, trials: Sequence[FrozenTrial]) -> SearchSpace:
        """The parameters of some trials, without what is fixed."""
        if self.space is not None:
            return self.space
        return without(discovered_space(trials), self.fixed(0))

    def _drawn(
        self, trials: Sequence[FrozenTrial], stages: Sequence[Stage]
    ) -> tuple[list[FrozenTrial], int]:
        """The trials drawn from the open stage's region, and how many it needs."""
        digest = self.digest(stages)
        drawn = [trial for trial in trials if drawn_region(trial) == digest]
        samples = self.settings.samples
        if samples == "auto":
            samples = self._samples_for(drawn)
        return drawn, samples_needed(samples, self._alike(stages))

    def _alike(self, stages: Sequence[Stage]) -> list[Stage]:
        """The last of these stages, as far back as the same was fixed in them as in the next one."""
        alike: list[Stage] = []
        for stage in reversed(stages):
            if self.fixed(stage.index) != self.fixed(len(stages)):
                break
            alike.insert(0, stage)
        return alike

    def _samples_for(self, drawn: Sequence[FrozenTrial]) -> int:
        """The automatic samples of a stage; of an unknown space, as its first trials show it."""
        if self.space is not None:
            return samples_for(self.space, stages=self.settings.stages)
        first = _cohort(drawn, LEAST_SAMPLES)
        if first is None:
            return LEAST_SAMPLES
        return samples_for(self.space_of(first), stages=self.settings.stages)

    def _close(self, study: Study, stages: Sequence[Stage], members: Sequence[FrozenTrial]) -> None:
        space = self.space_of(members)
        named = self._named.setdefault(study.study_name, set())
        history = history_of(members, space, sign_of(study), named=named)
        stage = close(space, self.settings, stages, history)
        store_fact(study, f"{STAGE}{stage.index}", stage_to_json(stage))
        if not any(stage.alternatives):
            failed = f" ({stage.failed} of them failed)" if stage.failed else ""
            is_last = stage.index + 1 == self.settings.stages
            is_used_again = not is_last and self.fixed(stage.index) == self.fixed(stage.index + 1)
            after = " Its trials are used again by the next stage." if is_used_again else ""
            advice = (
                "More samples a stage may help."
                if stage.cohort
                else "None of its trials has values of the space."
            )
            # Last, since a filter may turn it into an error.
            warnings.warn(
                f"Stage {stage.index + 1} found nothing above the noise in {len(stage.cohort)} trials"
                f"{failed}, and pinned nothing.{after} {advice}",
                WeakSignalWarning,
                stacklevel=2,
            )


def without(space: SearchSpace, names: Mapping[str, Any]) -> SearchSpace:
    """A space without some of its parameters."""
    return SearchSpace([p for p in space.parameters if p.name not in names]) if names else space


def _cohort(drawn: Sequence[FrozenTrial], needed: int) -> list[FrozenTrial] | None:
    """The trials that a stage closes on, or None if it is too early."""
    members = cohort([t.number for t in drawn], [t.state.is_finished() for t in drawn], needed)
    return None if members is None else [t for t in drawn if t.number in set(members)]
