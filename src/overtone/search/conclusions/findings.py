"""Everything that the trials of a study have shown, as one record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, final

from overtone.errors import SearchError
from overtone.search.conclusions.expectation import Expectation, random_search
from overtone.search.conclusions.landscape import Landscape, landscape
from overtone.search.conclusions.recommendation import Recommendation, recommend
from overtone.search.harmonica.fidelity import Transfer
from overtone.search.harmonica.settings import Settings
from overtone.search.harmonica.stage import Stage, close
from overtone.search.history import History, State, fit_values
from overtone.search.region import Region
from overtone.space import SearchSpace

LEAST_TRIALS: Final = 3


@final
@dataclass(frozen=True, eq=False)
class Findings:
    """What a study has shown, in values to be minimised.

    Attributes:
        space: the parameters.
        sign: what turns the values into the study's own.
        stages: closed stages; without any, one fit to all trials, unless there is a landscape.
        is_staged: whether they are Harmonica's.
        recommendation: None if no trial has a finite value.
        expectation: of random search with as many trials; None without uniform draws of the whole space.
        default: number and value of the newest trial of the user's default configuration, if there is one.
        values: of the trials that have one, by number.
        finished, failed: numbers of trials.
        cheap: how many of the finished ones were evaluated at another fidelity than the end's. They are in
            the stages, and nowhere else.
        transfer: how well their values tell of those at the end, if that was checked.
        landscape: what an adaptive search has learnt of the whole space; None for other searches.
    """

    space: SearchSpace
    sign: float
    stages: tuple[Stage, ...]
    is_staged: bool
    recommendation: Recommendation | None
    expectation: Expectation | None
    default: tuple[int, float] | None
    values: Mapping[int, float]
    finished: int
    failed: int
    cheap: int = 0
    transfer: Transfer | None = None
    landscape: Landscape | None = None


def concluded(
    space: SearchSpace,
    history: History,
    *,
    sign: float,
    stages: Sequence[Stage] = (),
    is_adaptive: bool,
) -> Findings:
    """What trials have shown, without what only their study knows: defaults, other fidelities, their numbers.

    Args:
        space: the parameters.
        history: of all finished trials at the end's fidelity.
        sign: what turns the values into the study's own.
        stages: that were closed.
        is_adaptive: whether an adaptive search drew them, so that its posterior describes the space.
    """
    seen = landscape(space, history) if is_adaptive and not stages else None
    fitted = stages or ([] if seen else [close(space, Settings(), [], history)])
    draws = [i for i, region in enumerate(history.regions) if region == Region().digest]
    uniform = fit_values(history.rows(history.numbers[draws]))
    values = {
        int(number): float(y)
        for number, y, state in zip(history.numbers, history.y, history.states, strict=True)
        if state is State.COMPLETE
    }
    return Findings(
        space=space,
        sign=sign,
        stages=tuple(fitted),
        is_staged=bool(stages),
        recommendation=recommend(space, history),
        expectation=None if uniform is None else random_search(uniform[0], len(history.y)),
        default=None,
        values=values,
        finished=len(history.y),
        failed=sum(state is State.FAILED for state in history.states),
        landscape=seen,
    )


def refuse_too_few(finished: int, whose: str) -> None:
    """Let enough finished trials to say something pass.

    Raises:
        SearchError: if there are fewer than LEAST_TRIALS.
    """
    if finished < LEAST_TRIALS:
        trials = "trial" if finished == 1 else "trials"
        raise SearchError(
            f"{whose} has {finished} finished {trials}, but at least {LEAST_TRIALS} are needed to say "
            "anything."
        )
