"""Hypothesis strategies for spaces, configurations, bases and polynomials."""

import itertools
import math

import numpy as np
from hypothesis import strategies as st

from overtone.space import Categorical, Integer, Real, SearchSpace
from overtone.spectrum.basis import Basis, Family, contrasts, orthonormal_polynomials
from overtone.spectrum.polynomial import SparsePolynomial

LARGEST = 2**53

json_values = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
)
# `unique` compares as Python does: 1, 1.0 and True are one value.
choices = st.lists(json_values, min_size=1, max_size=7, unique=True)


@st.composite
def categoricals(draw, name="kind", when=None):
    return Categorical(name, draw(choices), when or {})


@st.composite
def integers(draw, name="count", when=None):
    if draw(st.booleans()):
        low = draw(st.integers(1, 10) | st.integers(1, LARGEST))
        high = draw(st.integers(low, min(low + 30, LARGEST)) | st.integers(low, LARGEST))
        return Integer(name, low, high, log=True, when=when or {})
    step = draw(st.integers(1, 5) | st.integers(1, 2**40))
    low = draw(st.integers(-20, 20) | st.integers(-LARGEST, LARGEST))
    room = (min(LARGEST, low + LARGEST) - low) // step
    count = draw(st.integers(0, min(room, 30)) | st.integers(0, room))
    return Integer(name, low, low + count * step, step=step, when=when or {})


@st.composite
def reals(draw, name="rate", when=None):
    kind = draw(st.sampled_from(["linear", "log", "stepped"]))
    if kind == "stepped":
        step = draw(st.sampled_from([0.1, 0.25, 1.0, 3.7, 1e-6]))
        low = draw(st.integers(-50, 50)) * step
        high = low + draw(st.integers(0, 40)) * step
        return Real(name, low, high, step=step, when=when or {})
    smallest = 1e-300 if kind == "log" else -1e300
    low = draw(st.floats(smallest, 1e300))
    high = draw(st.floats(low, 1e300))
    return Real(name, low, high, log=kind == "log", when=when or {})


def parameters(name="x", when=None):
    """A parameter of any kind."""
    return st.one_of(categoricals(name, when), integers(name, when), reals(name, when))


def values_of(parameter):
    """A value that a parameter can have, by its definition."""
    if isinstance(parameter, Categorical):
        return st.sampled_from(parameter.choices)
    low, high, step = parameter.low, parameter.high, parameter.step
    if isinstance(parameter, Integer):
        return st.integers(0, (high - low) // step).map(lambda k: low + k * step)
    if step is None:
        return st.floats(low, high)
    return st.integers(0, round((high - low) / step)).map(lambda k: min(low + k * step, high))


@st.composite
def spaces(draw):
    """Parameters of every kind, some under conditions, in any order."""
    made = []
    for i in range(draw(st.integers(1, 6))):
        possible = [p for p in made if not isinstance(p, Real)]
        few = st.lists(st.sampled_from(possible), max_size=2, unique_by=lambda p: p.name)
        when = {
            parent.name: draw(st.lists(values_of(parent), min_size=1, max_size=3))
            for parent in (draw(few) if possible else [])
        }
        made.append(draw(parameters(f"p{i}", when)))
    return SearchSpace(draw(st.permutations(made)))


@st.composite
def configurations(draw, space):
    """Values of the active parameters of a space; who is active is decided here by the definition."""
    by_name = {parameter.name: parameter for parameter in space.parameters}
    values = {name: draw(values_of(parameter)) for name, parameter in by_name.items()}

    def is_active(name):
        return all(
            is_active(parent) and any(is_same(values[parent], value) for value in allowed)
            for parent, allowed in by_name[name].when.items()
        )

    return {name: value for name, value in values.items() if is_active(name)}


def is_same(value, other):
    """Equality that tells True from 1, since both may be choices of different parameters."""
    return value == other and isinstance(value, bool) == isinstance(other, bool)


def probabilities(k):
    """Probabilities of k levels, none very small."""
    return st.lists(st.integers(1, 9), min_size=k, max_size=k).map(
        lambda weights: np.array(weights) / sum(weights)
    )


@st.composite
def families(draw, name, most_levels=5):
    """Parity, contrasts of several levels, or polynomials on ordered levels."""
    kind = draw(st.sampled_from(["parity", "contrasts", "ordered"]))
    k = 2 if kind == "parity" else draw(st.integers(3, most_levels))
    labels = tuple(str(level) for level in range(k))
    if kind == "ordered":
        table = orthonormal_polynomials(draw(probabilities(k)))[:, :3]
        return Family(name, table, False, labels)
    return Family(name, contrasts(k), kind == "contrasts", labels)


@st.composite
def bases(draw, least=1, most=4, most_levels=4):
    n = draw(st.integers(least, most))
    return Basis(tuple(draw(families(f"x{i}", most_levels)) for i in range(n)))


@st.composite
def terms(draw, basis, degree=3):
    chosen = draw(st.sets(st.integers(0, len(basis) - 1), max_size=degree))
    return tuple(
        (i, draw(st.integers(1, basis.families[i].table.shape[1]))) for i in sorted(chosen)
    )


# Small whole numbers tie often; others differ by more than rounding if they differ at all.
coefficients = st.integers(-3, 3).map(float) | st.floats(-10, 10, width=16)


@st.composite
def polynomials(draw, basis=None, most_terms=6):
    """A polynomial over families of several kinds."""
    over = draw(bases()) if basis is None else basis
    chosen = draw(st.lists(terms(over), max_size=most_terms, unique=True))
    numbers = draw(st.lists(coefficients, min_size=len(chosen), max_size=len(chosen)))
    return SparsePolynomial(over, tuple(chosen), np.array(numbers))


def every_point(basis):
    """Each combination of levels once, shape `(product of levels, n)`."""
    ranges = [range(family.levels) for family in basis.families]
    return np.array(list(itertools.product(*ranges)), dtype=np.int64).reshape(-1, len(basis))


def value_at(polynomial, point):
    """A polynomial's value by its definition; -1 is the level of an inactive parameter."""
    tables = [family.table for family in polynomial.basis.families]
    return sum(
        coefficient
        * math.prod(0.0 if point[i] < 0 else tables[i][point[i], a - 1] for i, a in term)
        for coefficient, term in zip(polynomial.coefficients, polynomial.terms, strict=True)
    )


def every_group(atoms, degree):
    """Each set of at most `degree` atoms of different parameters once."""
    for k in range(1, degree + 1):
        for group in itertools.combinations(range(len(atoms)), k):
            if len({int(atoms.parameters[atom]) for atom in group}) == k:
                yield group
