"""The space that trials were drawn from, read off what they asked for."""

from collections.abc import Iterable, Sequence

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

    Ranges that changed between trials are joined; Optuna lets no choices change.
    """
    seen = list(distributions)
    first = seen[-1]
    same_kind = [d for d in seen if isinstance(d, type(first))]
    if isinstance(first, IntDistribution | FloatDistribution):
        numbers: Sequence[IntDistribution | FloatDistribution] = same_kind  # type: ignore[assignment]  # same kind as `first`
        low, high = min(d.low for d in numbers), max(d.high for d in numbers)
        whole = all(
            (d.low, d.high, d.step, d.log) == (low, high, first.step, first.log) for d in numbers
        )
        if not whole:
            # Grids that began at different values fit no common step but the finest.
            return (
                IntDistribution(int(low), int(high), log=first.log)
                if isinstance(first, IntDistribution)
                else FloatDistribution(low, high, log=first.log)
            )
    return first


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
            conditions[name] = _condition(i, trials, flat, present)
    return SearchSpace([parameter_of(name, d, conditions.get(name)) for name, d in asked.items()])


def _condition(
    child: int,
    trials: Sequence[FrozenTrial],
    space: SearchSpace,
    present: np.ndarray[tuple[int, int], np.dtype[np.bool_]],
) -> dict[str, list[Choice]]:
    """The parent that decides whether a parameter is there, and its deciding values; none if none does."""
    found: list[tuple[int, int]] = []
    values: dict[int, list[Choice]] = {}
    for parent, parameter in enumerate(space.parameters):
        distribution = next(
            t.distributions[parameter.name] for t in trials if parameter.name in t.params
        )
        is_above = present[:, parent].sum() > present[:, child].sum()
        if not is_above or not isinstance(distribution, CategoricalDistribution):
            continue
        levels = np.array(
            [
                distribution.to_internal_repr(t.params[parameter.name]) if there else INACTIVE
                for t, there in zip(trials, present[:, parent], strict=True)
            ]
        )
        on, off = set(levels[present[:, child]]), set(levels[~present[:, child]])
        if not on & off and INACTIVE not in on:
            found.append((len(on), parent))
            values[parent] = [_choices(space, parent)[int(level)] for level in sorted(on)]
    if not found:
        return {}
    parent = min(found)[1]
    return {space.parameters[parent].name: values[parent]}


def _choices(space: SearchSpace, parent: int) -> Sequence[Choice]:
    choices: Sequence[Choice] = space.parameters[parent].choices  # type: ignore[union-attr]  # categorical by its distribution
    return choices
