"""Problems written here: sparse polynomials, a pipeline with conditions, a memory limit, a compiler."""

import math
from collections.abc import Callable
from functools import partial

import numpy as np
from optuna.distributions import CategoricalDistribution, FloatDistribution

from benchmarks.optimising import compiler
from benchmarks.optimising.paper_family import Hierarchy
from benchmarks.optimising.problems import (
    Configuration,
    Parameter,
    Problem,
    bits,
    categorical,
    integer,
    real,
    signs,
)

# Terms of a random polynomial, and how often they are of degree 1, 2 and 3.
TERMS = 12
DEGREES = (0.4, 0.4, 0.2)


def paper(name: str, *, seed: int) -> Problem:
    """An instance of the family of Hazan, Klivans and Yuan, with its noise."""
    made = Hierarchy(seed)
    return Problem(
        name=name,
        family="sparse polynomials",
        parameters=bits(made.n),
        truth=lambda configuration: made(signs(configuration, made.n)),
        source="the paper's family, noise 4 U[0, 1]",
        noise=lambda rng: 4 * rng.random(),
        optimum=made.best if made.is_reached else None,
    )


def sparse_binary(name: str, *, seed: int, n: int, noise: float) -> Problem:
    """Few random products of signs; noise in standard deviations of the function."""
    rng = np.random.default_rng([41, seed, n])
    factors, weights = _terms(rng, n)

    def truth(configuration: Configuration) -> float:
        x = np.append(signs(configuration, n), 1.0)
        return float(x[factors].prod(axis=1) @ weights)

    return Problem(
        name=name,
        family="sparse polynomials",
        parameters=bits(n),
        truth=truth,
        source=f"{TERMS} products of up to three signs, noise {noise} standard deviations",
        noise=_gaussian(noise * float(np.linalg.norm(weights))),
    )


def sparse_mixed(name: str, *, seed: int, n: int, noise: float) -> Problem:
    """The same over categories, integers and real numbers, a third of each, on up to 20 of which it depends.

    The factor of a parameter has mean 0 and variance 1 under uniform sampling: random contrasts of a
    category, a hump or a slope of a number.
    """
    rng = np.random.default_rng([42, seed, n])
    parameters = tuple(_mixed(rng, i, n) for i in range(n))
    shapes = [_shape(rng, parameter) for parameter in parameters]
    acting = rng.permutation(n)[: min(n, 20)]
    places, weights = _terms(rng, len(acting))
    factors = np.append(acting, n)[places]

    def truth(configuration: Configuration) -> float:
        values = (
            shape(configuration[parameter.name])
            for shape, parameter in zip(shapes, parameters, strict=True)
        )
        z = np.append(np.fromiter(values, float, n), 1.0)
        return float(z[factors].prod(axis=1) @ weights)

    return Problem(
        name=name,
        family="sparse polynomials",
        parameters=parameters,
        truth=truth,
        source=f"{TERMS} products of up to three shapes, noise {noise} standard deviations",
        noise=_gaussian(noise * float(np.linalg.norm(weights))),
    )


def _terms(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Factors `(TERMS, 3)`, where n stands for the constant 1, and weights that fall with the square root."""
    factors = np.full((TERMS, 3), n)
    for row in factors:
        degree = int(rng.choice(3, p=DEGREES)) + 1
        row[:degree] = rng.choice(n, degree, replace=False)
    return factors, rng.choice([-1.0, 1.0], TERMS) / np.sqrt(1 + np.arange(TERMS))


def _gaussian(deviation: float) -> Callable[[np.random.Generator], float] | None:
    return (lambda rng: deviation * rng.normal()) if deviation else None


def _mixed(rng: np.random.Generator, i: int, n: int) -> Parameter:
    if i < n / 3:
        return categorical(f"c{i}", [f"v{k}" for k in range(int(rng.integers(2, 7)))])
    if i < 2 * n / 3:
        log = bool(rng.integers(2))
        return integer(f"i{i}", 1, 1024 if log else int(rng.integers(4, 33)), log=log)
    return real(f"r{i}", 1e-5, 1.0, log=True) if rng.integers(2) else real(f"r{i}", 0.0, 1.0)


def _shape(rng: np.random.Generator, parameter: Parameter) -> Callable[[object], float]:
    scale = parameter.distribution
    if isinstance(scale, CategoricalDistribution):
        z = rng.normal(size=len(scale.choices))
        z = (z - z.mean()) / z.std()
        return lambda value: float(z[scale.choices.index(value)])
    centre, width, is_hump = rng.random(), 0.1 + 0.3 * rng.random(), rng.random() < 0.6

    def place(value: float) -> float:
        if scale.log:
            return math.log(value / scale.low) / math.log(scale.high / scale.low)
        return (value - scale.low) / (scale.high - scale.low)

    def raw(t: np.ndarray) -> np.ndarray:
        return np.exp(-(((t - centre) / width) ** 2) / 2) if is_hump else t

    if isinstance(scale, FloatDistribution) or scale.log:
        grid = (np.arange(1000) + 0.5) / 1000
    else:
        grid = np.array([place(k) for k in range(scale.low, scale.high + 1)])
    middle, deviation = float(raw(grid).mean()), float(raw(grid).std())
    return lambda value: float((raw(np.array(place(value))) - middle) / deviation)


def pipeline(name: str) -> Problem:
    """A learner chosen among three, each with parameters of its own, one of them with a part of its own.

    The loss is a floor that depends on the learner and on the preparation, times what each active parameter
    is away from its best place, which for two of them depends on another parameter.
    """
    trees, lines, nets = (("learner", (kind,)) for kind in ("trees", "lines", "nets"))
    momentum = (nets, ("solver", ("sgd",)))
    parameters = (
        categorical("scaling", ["none", "rank", "unit"]),
        categorical("learner", ["trees", "lines", "nets"]),
        real("dropped", 0.0, 0.9),
        integer("count", 10, 2000, log=True, when=[trees]),
        integer("depth", 1, 20, when=[trees]),
        real("shrink", 1e-3, 1.0, log=True, when=[trees]),
        real("penalty", 1e-6, 1e2, log=True, when=[lines]),
        categorical("norm", ["l1", "l2"], [lines]),
        integer("layers", 1, 6, when=[nets]),
        integer("width", 8, 1024, log=True, when=[nets]),
        categorical("solver", ["adam", "sgd"], [nets]),
        real("rate", 1e-6, 1.0, log=True, when=[nets]),
        real("momentum", 0.0, 0.99, when=momentum),
        categorical("nesterov", [0, 1], momentum),
    )
    return Problem(
        name=name,
        family="conditional",
        parameters=parameters,
        truth=_loss,
        source="a learner among three, with conditions two deep",
        optimum=0.1,
        is_logarithmic=True,
    )


def _loss(c: Configuration) -> float:
    away = 2 * (c["dropped"] - 0.3) ** 2
    match c["learner"]:
        case "trees":
            floor = 0.12
            best = 0.05 * 300 / c["count"]  # the more trees, the smaller the steps
            away += 0.08 * math.log10(c["shrink"] / min(1.0, best)) ** 2 + 0.01 * abs(
                c["depth"] - 6
            )
            away += 0.05 * math.log10(2000 / c["count"])
        case "lines":
            floor = 0.2 if c["scaling"] == "unit" else 0.35
            away += 0.05 * (math.log10(c["penalty"]) + 2) ** 2 + 0.1 * (c["norm"] == "l2")
        case _:
            floor = {"none": 0.4, "rank": 0.13, "unit": 0.1}[c["scaling"]]
            best = -3.0 if c["solver"] == "adam" else -1.0 - 2 * c["momentum"] ** 2
            away += 0.1 * (math.log10(c["rate"]) - best) ** 2 + 0.05 * abs(c["layers"] - 3)
            away += 0.05 * abs(math.log2(c["width"] / 256))
            if c["solver"] == "sgd":
                away += 0.1 * abs(c["momentum"] - 0.9) + 0.03 * (1 - c["nesterov"])
    return floor * (1 + away)


def limited(name: str) -> Problem:
    """A time of a tiled loop over 12 parameters; too large a working set fails, as do tiles that do not nest.

    About half of the random configurations fail, and the best ones lie near those that do.
    """
    sizes = [2**k for k in range(9)]
    parameters = (
        *(integer(f"tile{i}", 0, 8) for i in range(3)),
        *(integer(f"inner{i}", 0, 8) for i in range(3)),
        categorical("order", ["ijk", "ikj", "jik", "kij"]),
        categorical("vector", [1, 2, 4, 8]),
        *(categorical(flag, [0, 1]) for flag in ("prefetch", "pack", "align")),
        integer("unroll", 1, 16),
    )

    def truth(c: Configuration) -> float:
        outer, inner = ([sizes[c[f"{kind}{i}"]] for i in range(3)] for kind in ("tile", "inner"))
        if outer[0] * outer[1] + outer[1] * outer[2] + (c["pack"] * outer[0] * outer[2]) > 40_000:
            return math.nan
        if sum(a < b for a, b in zip(outer, inner, strict=True)) > 1:
            return math.nan
        traffic = sum(1 / a for a in outer) + 0.2 * sum(1 / b for b in inner)
        speed = min(c["vector"], inner["ijk".index(c["order"][-1])]) * (1 + 0.2 * c["align"])
        loops = 1 / min(speed, 6.0) + 0.02 * abs(c["unroll"] - 32 / max(4, c["vector"] * 2))
        return traffic * (0.7 if c["prefetch"] and c["pack"] else 1.0) + loops + 0.05 * c["pack"]

    return Problem(
        name=name,
        family="with failures",
        parameters=parameters,
        truth=truth,
        source="a tiled loop within a memory limit",
        is_logarithmic=True,
    )


PROBLEMS: dict[str, Callable[[], Problem]] = {
    "paper_60_a": partial(paper, "paper_60_a", seed=101),
    "paper_60_b": partial(paper, "paper_60_b", seed=102),
    "sparse_40": partial(sparse_binary, "sparse_40", seed=1, n=40, noise=0.0),
    "sparse_100_noisy": partial(sparse_binary, "sparse_100_noisy", seed=1, n=100, noise=0.5),
    "mixed_30": partial(sparse_mixed, "mixed_30", seed=1, n=30, noise=0.0),
    "mixed_30_noisy": partial(sparse_mixed, "mixed_30_noisy", seed=2, n=30, noise=0.5),
    "mixed_100": partial(sparse_mixed, "mixed_100", seed=3, n=100, noise=0.1),
    "pipeline": partial(pipeline, "pipeline"),
    "tiled_loop": partial(limited, "tiled_loop"),
    **({compiler.name(): compiler.problem} if compiler.name() else {}),
}


def names() -> list[str]:
    return list(PROBLEMS)
