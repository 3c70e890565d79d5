"""Trials whose truth is known, for the tests of what is concluded from them."""

import numpy as np

from overtone.search.conclusions.beliefs import Beliefs
from overtone.search.conclusions.findings import concluded
from overtone.search.conclusions.known import known_of
from overtone.search.history import History, State
from overtone.search.region import Region
from overtone.search.spectral.outcomes import Outcomes
from overtone.search.spectral.proposer import Proposer
from overtone.space import Categorical, Integer, Real, SearchSpace

MIXED = SearchSpace(
    [
        *(Categorical(f"b{i}", [0, 1]) for i in range(4)),
        Categorical("kind", ["u", "v", "w"]),
        Real("x", 0.0, 1.0),
        Integer("depth", 1, 6),
    ]
)
BRANCHES = SearchSpace(
    [
        Categorical("algorithm", ["a", "b", "c"]),
        Real("rate", 0.0, 1.0, when={"algorithm": ["a"]}),
        Categorical("bins", [8, 16, 32], when={"algorithm": ["b"]}),
        Categorical("flag", [False, True]),
        Real("x", 0.0, 1.0),
    ]
)


def drawn(space, count, seed=0):
    """Codes of uniform configurations, shape `(count, n)`."""
    rng = np.random.default_rng(seed)
    rows = [space.encode(space.sample(rng)) for _ in range(count)]
    return np.array(rows, dtype=float).reshape(count, len(space))


def history(codes, y, *, states=None, first=0, uniform=False):
    """Trials in the order of their rows; uniform draws of the whole space if it says so."""
    count = len(y)
    return History(
        np.arange(first, first + count),
        np.asarray(codes, dtype=float),
        np.array(y, dtype=float),
        (State.COMPLETE,) * count if states is None else tuple(states),
        (Region().digest if uniform else "",) * count,
    )


def known(codes, y, **how):
    return known_of(history(codes, y, **how))


def beliefs(space, codes, y, **how):
    return Beliefs(space, known(codes, y, **how))


def findings(space, codes, y, *, default=None, is_adaptive=True, reasons=None, **how):
    return concluded(
        space,
        history(codes, y, **how),
        sign=1.0,
        default=default,
        reasons=reasons,
        is_adaptive=is_adaptive,
    )


def additive(codes):
    """Of MIXED: depth, b2 and b3 do nothing."""
    return (
        -2.0 * codes[:, 0]
        + 1.0 * codes[:, 1]
        + np.array([0.0, 0.5, 1.5])[codes[:, 4].astype(int)]
        + 2.0 * np.abs(codes[:, 5] - 0.5)
    )


def searched(space, function, count, seed=0):
    """Codes and values of the trials of a spectral search for the least value of a function of codes."""
    proposer, codes = Proposer(space, seed), np.zeros((0, len(space)))
    y, none = np.zeros(0), np.zeros((0, len(space)))
    for number in range(count):
        past = Outcomes(codes, y, np.zeros(number, dtype=bool))
        found = proposer.propose(past, none, number=number, fixed={})
        codes = np.concatenate([codes, found[None]])
        y = np.append(y, function(found[None])[0])
    return codes, y
