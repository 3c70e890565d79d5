"""The synthetic family of Hazan, Klivans and Yuan: a hierarchy of sparse polynomials over signs.

Level i = 0, 1, 2 holds 32^i vectors of five terms. Each term is a monomial drawn uniformly from all of
degree 1 to 3 with weight +-(100 + 100 U[0, 1]) / 4^i. The signs of a vector's five monomials are the five
bits that choose the vector of the next level; the function is the sum over the levels, plus noise 4 U[0, 1].
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEVELS = 3
TERMS = 5


@dataclass(frozen=True)
class Level:
    """The vectors of one level."""

    factors: NDArray[np.int64]  # (vectors, TERMS, 3) variables; n stands for the constant 1
    weights: NDArray[np.float64]  # (vectors, TERMS)


class Hierarchy:
    """One instance of the family, on n signs."""

    def __init__(self, seed: int, n: int = 60) -> None:
        rng = np.random.default_rng([2017, seed])
        self.n = n
        self.levels = [self._level(rng, i) for i in range(LEVELS)]
        self.best = self._least()
        points = rng.choice([-1.0, 1.0], (2000, n))
        self.mean = float(np.mean([self(x) for x in points]))

    def _level(self, rng: np.random.Generator, i: int) -> Level:
        counts = np.array([math.comb(self.n, d) for d in (1, 2, 3)], dtype=float)
        vectors = 32**i
        factors = np.full((vectors, TERMS, 3), self.n)
        for term in factors.reshape(-1, 3):
            degree = int(rng.choice(3, p=counts / counts.sum())) + 1
            term[:degree] = rng.choice(self.n, degree, replace=False)
        size = (100 + 100 * rng.random((vectors, TERMS))) / 4**i
        return Level(factors, rng.choice([-1.0, 1.0], (vectors, TERMS)) * size)

    def __call__(self, x: NDArray[np.float64]) -> float:
        """The value without noise at one point of {-1, +1}^n."""
        padded = np.append(x, 1.0)
        vector, total = 0, 0.0
        for level in self.levels:
            signs = padded[level.factors[vector]].prod(axis=1)
            total += float(signs @ level.weights[vector])
            vector = vector * 32 + int((signs > 0) @ (1 << np.arange(TERMS)))
        return total

    def regret(self, value: float) -> float:
        """0 at the least value, 1 at the mean of random points."""
        return (value - self.best) / (self.mean - self.best)

    def _least(self) -> float:
        """The sum of all weights' sizes along the path of best signs, below which no point can lie.

        To leave the path costs at least 200, and gains at most 125 + 32. It is reached when the parities of
        the path have a common solution, which `check` verifies.
        """
        vector, total = 0, 0.0
        rows, signs = [], []
        for level in self.levels:
            wanted = -np.sign(level.weights[vector])
            total -= float(np.abs(level.weights[vector]).sum())
            rows += [level.factors[vector][k] for k in range(TERMS)]
            signs += list(wanted)
            vector = vector * 32 + int((wanted > 0) @ (1 << np.arange(TERMS)))
        self.is_reached = _has_solution(rows, signs, self.n)
        return total


def _has_solution(rows: list[NDArray[np.int64]], signs: list[float], n: int) -> bool:
    """Whether the products of the listed variables can have the given signs: elimination over GF(2)."""
    system = np.zeros((len(rows), n + 1), dtype=bool)
    for k, (row, sign) in enumerate(zip(rows, signs, strict=True)):
        for i in row[row < n]:
            system[k, i] ^= True
        system[k, n] = sign < 0
    rank = 0
    for column in range(n):
        pivot = next((k for k in range(rank, len(rows)) if system[k, column]), None)
        if pivot is None:
            continue
        system[[rank, pivot]] = system[[pivot, rank]]
        for k in range(len(rows)):
            if k != rank and system[k, column]:
                system[k] ^= system[rank]
        rank += 1
    return not system[rank:, n].any()
