"""The rivals, each as a replay: a function of the records that asks for what comes next.

Every method may cost the same, see `Scale.budget`. Harmonica's stages are trained once and counted in full
to each of its three ends. All searches see validation errors; a method's answer is its best finished final
training, trained again with new seeds and tested.

    stages                  uniform draws, then uniform draws of what each stage left; the small network
    harmonica 1             then Hyperband in the restricted space, to the common cost
    harmonica 2             then the same for about a third of that end
    harmonica + random      then random search in the restricted space, to the common cost
    random search           of the final network, to the common cost and to twice that
    hyperband, tpe, gp, spectral    of the final network, to the common cost
    human                   the usual recipe, without any search
"""

import warnings
from collections.abc import Callable, Iterator, Sequence
from itertools import count, islice
from typing import Final, final

import numpy as np
import optuna

from experiments.cifar10.laboratory import Laboratory, Outcome, Request
from experiments.cifar10.scales import Fidelity
from experiments.cifar10.settings import HUMAN, SETTINGS, Bits, random_bits
from overtone.errors import WeakSignalWarning
from overtone.search.halving import Begin, Budgets, Candidate, Promote, hyperband
from overtone.search.harmonica.stage import Stage
from overtone.study.harmonica.records import stages_in
from overtone.study.harmonica.sampler import HarmonicaSampler
from overtone.study.spectral.sampler import SpectralSampler

ETA: Final = 3
# The paper keeps four assignments a stage; which terms are kept, and of what degree, the samples decide.
RESTRICTION: Final = 4
# Numbers of repeated trainings of one configuration, for the noise.
NOISE_REPEATS: Final = 5


@final
class Rivals:
    """The methods on one laboratory."""

    def __init__(self, laboratory: Laboratory) -> None:
        self._lab = laboratory
        self._scale = laboratory.scale
        self._seed = laboratory.seed
        self._restricted: list[Bits] = []
        self._study: optuna.Study | None = None
        self._all: dict[str, Callable[[], None]] = {
            "stages": self._stages,
            "harmonica + random": self._harmonica_random,
            "random search": self._random_search,
            "human": self._human,
            "noise": self._noise,
            "harmonica 1": lambda: self._harmonica_hyperband("harmonica 1", self._scale.finals),
            "harmonica 2": lambda: self._harmonica_hyperband("harmonica 2", self._scale.short),
            "hyperband": self._hyperband,
            "tpe": lambda: self._searched("tpe", optuna.samplers.TPESampler(seed=self._seed)),
            "spectral": lambda: self._searched("spectral", SpectralSampler(seed=self._seed)),
            "gp": lambda: self._searched("gp", optuna.samplers.GPSampler(seed=self._seed)),
        }

    @property
    def names(self) -> tuple[str, ...]:
        """All methods, what the others rest on first."""
        return tuple(self._all)

    def run(self, name: str) -> None:
        """Run a method, or go on with it; one whose answer is trained is not replayed.

        Raises:
            OutOfTime: if something of it is left.
        """
        last = "random search x2" if name == "random search" else name
        if self._lab.count(f"{last} answer") < self._scale.repeats:
            self._all[name]()

    def _ask(self, method: str, number: int, bits: Bits, fidelity: Fidelity = "final") -> Request:
        return Request(method, self._seed, number, bits, fidelity, self._scale.parts)

    def _stages(self) -> None:
        """Harmonica's stages, and the mean error of what the last one left."""
        points = self._restrictions(self._scale.points)
        requests = [self._ask("restricted", i, b, "stage") for i, b in enumerate(points)]
        self._lab.outcomes(requests)

    def _staged(self) -> optuna.Study:
        """The study behind the stages: every further trial is a draw of the restricted space."""
        if self._study is not None:
            return self._study
        scale = self._scale
        sampler = HarmonicaSampler(
            stages=scale.stages, samples=scale.samples, restriction=RESTRICTION, seed=self._seed
        )
        study = _new_study(sampler)
        with warnings.catch_warnings():
            # The page says which stages found nothing.
            warnings.simplefilter("ignore", WeakSignalWarning)
            for _ in range(scale.stages):
                self._told(study, "stages", scale.samples, "stage")
            self._restricted.append(_bits(study.ask()))
        stages = stages_in(study._storage.get_study_system_attrs(study._study_id))  # noqa: SLF001
        self._lab.write_stages([summary(stage) for stage in stages])
        self._study = study
        return study

    def _restrictions(self, number: int) -> list[Bits]:
        """Uniform draws of the restricted space: the first ones of an endless sequence."""
        study = self._staged()
        while len(self._restricted) < number:
            self._restricted.append(_bits(study.ask()))
        return self._restricted[:number]

    def _told(self, study: optuna.Study, method: str, trials: int, fidelity: Fidelity) -> None:
        """Some more trials of a study, side by side as far as the scale goes."""
        left = trials
        while left:
            asked = [study.ask() for _ in range(min(left, self._scale.together(fidelity)))]
            requests = [self._ask(method, t.number, _bits(t), fidelity) for t in asked]
            for trial, outcome in zip(asked, self._lab.outcomes(requests), strict=True):
                study.tell(trial, outcome.validation)
            left -= len(asked)

    def _harmonica_random(self) -> None:
        points = self._restrictions(self._scale.finals)
        requests = [self._ask("harmonica + random", i, b) for i, b in enumerate(points)]
        self._answered("harmonica + random", self._lab.outcomes(requests))

    def _harmonica_hyperband(self, method: str, finals: int) -> None:
        draws = (self._restrictions(i + 1)[i] for i in count())
        self._answered(method, self._banded(method, draws, finals * self._scale.cost("final")))

    def _hyperband(self) -> None:
        rng = np.random.default_rng([self._seed, 1])
        draws = (random_bits(rng) for _ in count())
        self._answered("hyperband", self._banded("hyperband", draws, self._scale.budget))

    def _random_search(self) -> None:
        rng = np.random.default_rng([self._seed, 0])
        trials = self._affordable()
        requests = [self._ask("random search", i, random_bits(rng)) for i in range(2 * trials)]
        outcomes = self._lab.outcomes(requests)
        self._answered("random search", outcomes[:trials])
        self._answered("random search x2", outcomes)

    def _searched(self, method: str, sampler: optuna.samplers.BaseSampler) -> None:
        study = _new_study(sampler)
        trials = self._affordable()
        self._told(study, method, trials, "final")
        requests = [self._ask(method, t.number, _params(t.params)) for t in study.trials]
        self._answered(method, self._lab.outcomes(requests))

    def _affordable(self) -> int:
        return int(self._scale.budget / self._scale.cost("final"))

    def _human(self) -> None:
        requests = [self._ask("human", i, HUMAN.bits) for i in range(self._scale.repeats)]
        self._lab.outcomes(requests)

    def _noise(self) -> None:
        """One configuration trained several times at both fidelities: what a difference has to beat."""
        networks: tuple[tuple[str, Fidelity], ...] = (
            ("noise stage", "stage"),
            ("noise final", "final"),
        )
        for method, fidelity in networks:
            configurations = [HUMAN.bits, *islice(_uniform(self._seed), 2)]
            self._lab.outcomes(
                [
                    self._ask(method, NOISE_REPEATS * k + i, bits, fidelity)
                    for k, bits in enumerate(configurations)
                    for i in range(NOISE_REPEATS)
                ]
            )

    def _banded(self, method: str, draws: Iterator[Bits], budget: float) -> list[Outcome]:
        """Hyperband over the final network; networks pause between rungs and go on from there."""
        least = 1 if self._scale.parts < ETA**3 else self._scale.parts // ETA**3
        schedule = hyperband(Budgets(least, self._scale.parts, ETA))
        candidates: dict[int, Candidate] = {}
        bits: list[Bits] = []
        finished: list[Outcome] = []
        spent = 0.0
        while True:
            requests: list[Request] = []
            while len(requests) < self._scale.together("final"):
                decision = schedule.decide(list(candidates.values()), may_begin=spent < budget)
                if decision is None:
                    break
                number = decision.number if isinstance(decision, Promote) else len(bits)
                if isinstance(decision, Begin):
                    bits.append(next(draws))
                request = self._part(method, number, bits[number], decision, candidates)
                spent += self._scale.cost("final", request.parts - request.done)
                requests.append(request)
            if not requests:
                break
            for outcome in self._lab.outcomes(requests):
                candidates[outcome.number] = _ended(candidates[outcome.number], outcome)
                finished += [outcome] if outcome.parts == self._scale.parts else []
        self._lab.bench.forget(method, self._seed)
        return finished

    def _part(
        self,
        method: str,
        number: int,
        bits: Bits,
        decision: Begin | Promote,
        candidates: dict[int, Candidate],
    ) -> Request:
        """The training that a decision asks for; its candidate is running from here on."""
        before = candidates.get(number)
        done = 0 if before is None else before.goal
        values = {} if before is None else before.values
        bracket = decision.bracket if isinstance(decision, Begin) else candidates[number].bracket
        candidates[number] = Candidate(number, bracket, decision.budget, values)
        pauses = decision.budget < self._scale.parts
        return Request(
            method, self._seed, number, bits, "final", decision.budget, done, pauses=pauses
        )

    def _answered(self, method: str, outcomes: Sequence[Outcome]) -> None:
        """Train a method's answer again, with new seeds."""
        best = min(outcomes, key=lambda o: (o.validation, o.number))
        requests = [self._ask(f"{method} answer", i, best.bits) for i in range(self._scale.repeats)]
        self._lab.outcomes(requests)


def _ended(candidate: Candidate, outcome: Outcome) -> Candidate:
    values = {**candidate.values, outcome.parts: outcome.validation}
    return Candidate(candidate.number, candidate.bracket, candidate.goal, values)


def _uniform(seed: int) -> Iterator[Bits]:
    rng = np.random.default_rng([seed, 2])
    return (random_bits(rng) for _ in count())


def _new_study(sampler: optuna.samplers.BaseSampler) -> optuna.Study:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return optuna.create_study(sampler=sampler)


def _bits(trial: optuna.Trial) -> Bits:
    chosen = {s.name: trial.suggest_categorical(s.name, s.options) for s in SETTINGS}
    return _params(chosen)


def _params(chosen: dict[str, str]) -> Bits:
    return "".join(str(s.options.index(chosen[s.name])) for s in SETTINGS)


def summary(stage: Stage) -> dict[str, object]:
    """What a stage found, for the page; weights are of products of signs, +1 for a second option."""
    terms: list[tuple[list[str], float]] = []
    validated = p_value = None
    if stage.recovery is not None:
        polynomial = stage.recovery.polynomial
        families = polynomial.basis.families
        for term, coefficient in zip(polynomial.terms, polynomial.coefficients, strict=True):
            sign = np.prod([np.sign(families[i].table[1, order - 1]) for i, order in term])
            if term:
                terms.append(([families[i].name for i, _ in term], float(sign * coefficient)))
        validated, p_value = stage.recovery.validated, stage.recovery.p_value
    return {
        "stage": stage.index + 1,
        "trials": len(stage.cohort),
        "validated": None if validated is None or np.isnan(validated) else float(validated),
        "p_value": p_value,
        "terms": sorted(terms, key=lambda term: -abs(term[1])),
        "alternatives": [
            {name: [int(end) for end in interval] for name, interval in alternative.items()}
            for alternative in stage.alternatives
        ],
    }
