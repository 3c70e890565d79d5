"""Functions whose truth is known: what every change does, what is idle, how much each setting makes."""

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np

from overtone.space import Categorical, Integer, Real, SearchSpace

SAMPLE = 2048


class Truth(ABC):
    """A function on a space, to be minimised.

    Attributes:
        space: the parameters.
        matter: the names of those on which it depends.
    """

    space: SearchSpace
    matter: frozenset[str]

    @abstractmethod
    def __call__(self, c: Mapping[str, Any]) -> float:
        """The value of a configuration."""

    @cached_property
    def sample(self) -> tuple[list[dict[str, Any]], np.ndarray]:
        """Uniform configurations and their values."""
        rng = np.random.default_rng(0)
        drawn = [self.space.sample(rng) for _ in range(SAMPLE)]
        return drawn, np.array([self(c) for c in drawn])

    @property
    def deviation(self) -> float:
        return float(self.sample[1].std())

    @cached_property
    def totals(self) -> dict[str, float]:
        """The total share of each parameter: E (f(x) - f(x'))^2 / 2 V, another draw of one parameter."""
        rng = np.random.default_rng(1)
        variance, shares = self.sample[1].var(), {}
        every = [self._everything(rng) for _ in range(SAMPLE // 2)]
        values = np.array([self(self._active(c)) for c in every])
        for parameter in self.space.parameters:
            if parameter.name not in self.matter:
                shares[parameter.name] = 0.0
                continue
            others = [{**c, parameter.name: self._everything(rng)[parameter.name]} for c in every]
            changed = np.array([self(self._active(c)) for c in others])
            shares[parameter.name] = float(((changed - values) ** 2).mean() / 2 / variance)
        return shares

    def _everything(self, rng: np.random.Generator) -> dict[str, Any]:
        """A draw of all parameters, active or not."""
        flat = SearchSpace([type(p)(**{**vars_of(p), "when": {}}) for p in self.space.parameters])
        return flat.sample(rng)

    def _active(self, everything: Mapping[str, Any]) -> dict[str, Any]:
        chosen: dict[str, Any] = {}
        for parameter in self.space.parents_first:
            if self.space.is_active(parameter, chosen):
                chosen[parameter.name] = everything[parameter.name]
        return chosen


def vars_of(parameter: Categorical | Integer | Real) -> dict[str, Any]:
    return {name: getattr(parameter, name) for name in parameter.__dataclass_fields__}


class Sparse(Truth):
    """Nine products of one to three of 60 switches, from 12 to 18 of which matter."""

    def __init__(self, seed: int, n: int = 60) -> None:
        rng = np.random.default_rng([1, seed])
        used = rng.permutation(n)
        self.terms: list[tuple[tuple[int, ...], float]] = []
        at = 0
        for degree in (1, 1, 1, 2, 2, 2, 3, 3, 1):
            weight = float(rng.uniform(0.4, 1.5) * rng.choice([-1, 1]))
            self.terms.append((tuple(int(i) for i in used[at : at + degree]), weight))
            at += degree - (rng.random() < 0.3)
        self.space = SearchSpace([Categorical(f"b{i}", [0, 1]) for i in range(n)])
        self.matter = frozenset(f"b{i}" for term, _ in self.terms for i in term)

    def __call__(self, c: Mapping[str, Any]) -> float:
        return sum(w * math.prod(2 * c[f"b{i}"] - 1 for i in term) for term, w in self.terms)


class Mixed(Truth):
    """Five choices, five whole and five real numbers; five of the fifteen matter, one pair interacts.

    With a tail, its exponential: values over two or three orders of magnitude.
    """

    def __init__(self, seed: int, *, has_tail: bool = False) -> None:
        rng = np.random.default_rng([2, seed])
        self.has_tail = has_tail
        choices = [Categorical(f"c{i}", list("abcd"[: int(rng.integers(2, 5))])) for i in range(5)]
        whole = [Integer(f"k{i}", 0, int(rng.integers(3, 30))) for i in range(5)]
        self.space = SearchSpace([*choices, *whole, *(Real(f"x{i}", 0.0, 1.0) for i in range(5))])
        self.tables = [dict(zip(p.choices, rng.normal(size=4), strict=False)) for p in choices[:2]]
        self.best, self.weight = rng.uniform(0.1, 0.9, 2), rng.uniform(1, 4, 2)
        self.slope, self.largest = rng.uniform(-2, 2), whole[0].high
        self.pair = dict(zip(choices[0].choices, 1.5 * rng.normal(size=4), strict=False))
        self.matter = frozenset({"c0", "c1", "k0", "x0", "x1"})

    def __call__(self, c: Mapping[str, Any]) -> float:
        value = self.tables[0][c["c0"]] + self.tables[1][c["c1"]] + self.slope * c["x0"]
        value += 4 * self.weight[0] * (c["k0"] / self.largest - self.best[0]) ** 2
        value += 4 * self.weight[1] * (c["x1"] - self.best[1]) ** 2
        value += self.pair[c["c0"]] * (c["x1"] - 0.5)
        return float(math.exp(1.5 * value) if self.has_tail else value)


class Branches(Truth):
    """Three learners, each with settings of its own, a setting of all, and an idle one."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng([3, seed])
        svm, forest, net = {"model": "svm"}, {"model": "forest"}, {"model": "net"}
        self.space = SearchSpace(
            [
                Categorical("model", ["svm", "forest", "net"]),
                Real("C", 0.01, 100.0, log=True, when=svm),
                Integer("depth", 1, 20, when=forest),
                Categorical("boot", [0, 1], when=forest),
                Real("lr", 1e-4, 1.0, log=True, when=net),
                Categorical("act", ["relu", "tanh", "silu"], when=net),
                Categorical("idle", ["p", "q"]),
                Real("drop", 0.0, 0.9),
            ]
        )
        self.level = dict(zip(["svm", "forest", "net"], rng.uniform(0.5, 1, 3), strict=True))
        self.lr, self.act = (
            rng.uniform(-3, -1),
            dict(zip(["relu", "tanh", "silu"], rng.uniform(0, 0.4, 3), strict=True)),
        )
        self.depth, self.drop = rng.uniform(5, 15), rng.uniform(0.1, 0.8)
        self.matter = frozenset(set(self.space.names) - {"idle"})

    def __call__(self, c: Mapping[str, Any]) -> float:
        value = self.level[c["model"]] + 0.3 * (c["drop"] - self.drop) ** 2
        match c["model"]:
            case "svm":
                return float(value + 0.2 * abs(math.log10(c["C"])))
            case "forest":
                return float(value + 0.02 * abs(c["depth"] - self.depth) + 0.1 * c["boot"])
        return float(value + 0.3 * abs(math.log10(c["lr"]) - self.lr) + self.act[c["act"]])


class Simple(Truth):
    """x + (c == "a"): from best to worst quarter, x makes 3.75 and c 1."""

    def __init__(self) -> None:
        self.space = SearchSpace([Real("x", 0.0, 5.0), Categorical("c", ["a", "b", "c"])])
        self.matter = frozenset({"x", "c"})

    def __call__(self, c: Mapping[str, Any]) -> float:
        return float(c["x"] + (c["c"] == "a"))


class First(Truth):
    """What a newcomer tries first: a loss over the logarithm of a rate, a rate itself, or a plain sum.

    Five settings of several kinds, two of which do nothing, with kinks, and an interaction in two of three.
    """

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng([4, seed])
        self.kind = ("logarithm", "rate", "sum")[seed % 3]
        self.space = SearchSpace(
            [
                Categorical("norm", ["batch", "layer", "none"]),
                Integer("layers", 1, 8),
                Real("rate", 1e-4, 1.0, log=True),
                Categorical("cache", ["on", "off"]),
                Real("seed", 0.0, 1.0),
            ]
        )
        self.goals = dict(
            zip(["batch", "layer", "none"], 10 ** rng.uniform(-3, -1, 3), strict=True)
        )
        self.costs = dict(zip(["batch", "layer", "none"], rng.uniform(0, 0.5, 3), strict=True))
        self.layers = int(rng.integers(2, 8))
        self.matter = frozenset({"norm", "layers", "rate"})

    def __call__(self, c: Mapping[str, Any]) -> float:
        value = 0.2 * abs(c["layers"] - self.layers)
        match self.kind:
            case "logarithm":
                return float(value + abs(math.log10(c["rate"] / self.goals[c["norm"]])))
            case "rate":
                return float(value / 10 + abs(c["rate"] - self.goals[c["norm"]]))
        return float(value + self.costs[c["norm"]] + abs(math.log10(c["rate"]) + 2.2))


class Switches(Truth):
    """Six products of one to three of 20 switches, of deviation 1."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng([7, seed])
        self.terms = [tuple(rng.choice(20, size=d, replace=False)) for d in (1, 1, 2, 2, 3, 2)]
        weights = rng.uniform(0.4, 1.2, 6) * rng.choice([-1, 1], 6)
        self.weights = weights / np.linalg.norm(weights)
        self.space = SearchSpace([Categorical(f"b{i}", [0, 1]) for i in range(20)])
        self.matter = frozenset(f"b{i}" for term in self.terms for i in term)

    def __call__(self, c: Mapping[str, Any]) -> float:
        signs = [math.prod(2 * c[f"b{i}"] - 1 for i in term) for term in self.terms]
        return float(self.weights @ signs)


class Dense(Switches):
    """All of 20 switches, and 15 pairs of them, with weights from small to large, of deviation 1."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        rng = np.random.default_rng([17, seed])
        pairs = [tuple(rng.choice(20, size=2, replace=False)) for _ in range(15)]
        self.terms = [*((i,) for i in range(20)), *pairs]
        sizes = np.append(rng.exponential(1.0, 20), rng.exponential(0.8, 15))
        weights = sizes * rng.choice([-1, 1], 35)
        self.weights = weights / np.linalg.norm(weights)
        self.matter = frozenset(self.space.names)


def family(name: str, seed: int) -> Truth:
    """A function of a family."""
    makers = {
        "sparse": lambda: Sparse(seed),
        "mixed": lambda: Mixed(seed),
        "tail": lambda: Mixed(seed, has_tail=True),
        "branches": lambda: Branches(seed),
        "first": lambda: First(seed),
    }
    return makers[name]()
