"""The space that trials were drawn from, read off what they asked for."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.trial import FrozenTrial

from overtone.space import INACTIVE, Choice, SearchSpace
from overtone.study.distributions import parameter_of


def merged(distributions: Iterable[BaseDistribution]) -> BaseDistribution:
    """One distribution that covers all that a parameter was asked with.

    Ranges that changed between trials are joined. Choices, and ranges of another kind or scale, are the
    last ones.
    """
    seen = list(distributions)
    last = seen[-1]
    if not isinstance(last, IntDistribution | FloatDistribution):
        return last
    alike = [d for d in seen if isinstance(d, type(last)) and d.log == last.log]
    low, high = min(d.low for d in alike), max(d.high for d in alike)
    if all((d.low, d.high, d.step) == (low, high, last.step) for d in alike):
        return last
    # Grids that began at different values fit no common step but the finest.
    if isinstance(last, IntDistribution):
        return IntDistribution(int(low), int(high), log=last.log)
    return FloatDistribution(low, high, log=last.log)


def discovered_space(trials: Sequence[FrozenTrial]) -> SearchSpace:
    """The space that some trials were drawn from, conditions included.

    A parameter that some trials lack is taken to depend on a discrete parameter whose values decide, in these
    trials, whether it is there: the one with the fewest such values, the first of equals.
    """
    names = sorted({name for trial in trials for name in trial.params})
    asked: dict[str, BaseDistribution] = {
        name: merged(t.distributions[name] for t in trials if name in t.params) for name in names
    }
    flat = SearchSpace([parameter_of(name, d) for name, d in asked.items()])
    present = np.array([[name in t.params for name in names] for t in trials]).reshape(
        len(trials), len(names)
    )
    conditions: dict[str, dict[str, list[Choice]]] = {}
    for i, name in enumerate(names):
        if not present[:, i].all():
            conditions[name] = _condition(i, trials, flat, asked, present)
    return SearchSpace([parameter_of(name, d, conditions.get(name)) for name, d in asked.items()])


def _condition(
    child: int,
    trials: Sequence[FrozenTrial],
    space: SearchSpace,
    asked: Mapping[str, BaseDistribution],
    present: np.ndarray[tuple[int, int], np.dtype[np.bool_]],
) -> dict[str, list[Choice]]:
    """The parent that decides whether a parameter is there, and its deciding values; none if none does."""
    found: list[tuple[int, int]] = []
    values: dict[int, list[Choice]] = {}
    for parent, parameter in enumerate(space.parameters):
        distribution = asked[parameter.name]
        is_above = present[:, parent].sum() > present[:, child].sum()
        if not is_above or not isinstance(distribution, CategoricalDistribution):
            continue
        levels = [_level(distribution, trial, parameter.name) for trial in trials]
        on, off = set[int](), set[int]()
        for level, there in zip(levels, present[:, child], strict=True):
            # A choice that is no choice any more decides nothing.
            if level is not None:
                (on if there else off).add(level)
        if on and not on & off and INACTIVE not in on:
            found.append((len(on), parent))
            values[parent] = [_choices(space, parent)[level] for level in sorted(on)]
    if not found:
        return {}
    parent = min(found)[1]
    return {space.parameters[parent].name: values[parent]}


def _level(distribution: CategoricalDistribution, trial: FrozenTrial, name: str) -> int | None:
    """Which choice a trial had, INACTIVE if none, or None if it is no choice any more."""
    if name not in trial.params:
        return INACTIVE
    try:
        return int(distribution.to_internal_repr(trial.params[name]))
    except ValueError:
        return None


def _choices(space: SearchSpace, parent: int) -> Sequence[Choice]:
    choices: Sequence[Choice] = space.parameters[parent].choices  # type: ignore[union-attr]  # categorical by its distribution
    return choices
