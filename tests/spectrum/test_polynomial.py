"""A sparse polynomial is what its terms say, and its tables and shares are what enumeration gives."""

import itertools

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import every_point, polynomials, value_at

from overtone.space import INACTIVE
from overtone.spectrum.basis import Basis, Family, binary_basis, contrasts, orthonormal_polynomials
from overtone.spectrum.polynomial import SparsePolynomial, connected


def probabilities_of(polynomial):
    """The uniform measure of each level, found from the table: its functions are orthonormal to 1."""
    weights = []
    for family in polynomial.basis.families:
        # (1, phi_1, ...)' p = (1, 0, ..., 0)' and sum_l p_l phi_a(l)^2 = 1
        rows = [np.ones(family.levels), *family.table.T, *(family.table**2).T]
        right = [1.0, *np.zeros(family.table.shape[1]), *np.ones(family.table.shape[1])]
        weights.append(np.linalg.lstsq(np.array(rows), np.array(right), rcond=None)[0])
    return weights


def measure(polynomial):
    """The probability of each point of `every_point`."""
    weights = probabilities_of(polynomial)
    return np.array([np.prod(cell) for cell in itertools.product(*weights)])


@given(polynomials())
def test_a_polynomial_is_the_sum_of_its_terms(p):
    points = every_point(p.basis)
    np.testing.assert_allclose(p(points), [value_at(p, x) for x in points], rtol=1e-12, atol=1e-12)


@given(polynomials(), st.data())
def test_an_inactive_parameter_contributes_nothing(p, data):
    points = every_point(p.basis)
    inactive = data.draw(st.integers(0, len(p.basis) - 1))
    points[:, inactive] = INACTIVE
    np.testing.assert_allclose(p(points), [value_at(p, x) for x in points], rtol=1e-12, atol=1e-12)


@given(polynomials())
def test_the_constant_is_the_mean(p):
    assert p.constant == pytest.approx(measure(p) @ p(every_point(p.basis)), abs=1e-9)


@given(polynomials())
def test_the_variance_is_the_variance(p):
    values, weights = p(every_point(p.basis)), measure(p)
    mean = weights @ values
    assert p.variance == pytest.approx(weights @ (values - mean) ** 2, rel=1e-9, abs=1e-9)


@given(polynomials(), st.integers(-900, 900))
def test_shares_do_not_depend_on_the_units(p, exponent):
    scaled = SparsePolynomial(p.basis, p.terms, np.ldexp(p.coefficients, exponent))
    shares = scaled.variance_shares()
    assert shares.keys() == p.variance_shares().keys()
    for support, share in p.variance_shares().items():
        assert shares[support] == pytest.approx(share, abs=1e-9)


def anova_effect(p, support):
    """The effect of a support by inclusion and exclusion of conditional means, on the whole grid."""
    shape = tuple(family.levels for family in p.basis.families)
    values = p(every_point(p.basis)).reshape(shape)
    weights = probabilities_of(p)
    total = np.zeros(shape)
    for k in range(len(support) + 1):
        for kept in itertools.combinations(support, k):
            mean = values
            for axis, weight in enumerate(weights):
                if axis not in kept:
                    along = np.expand_dims(np.tensordot(mean, weight, axes=(axis, 0)), axis)
                    mean = along
            total = total + (-1) ** (len(support) - k) * mean
    rest = tuple(slice(None) if axis in support else 0 for axis in range(len(shape)))
    return total[rest], weights


@given(polynomials())
def test_an_effect_is_the_one_of_the_analysis_of_variance(p):
    supports = {tuple(i for i, _ in term) for term in p.terms}
    for support in supports:
        expected, _ = anova_effect(p, support)
        np.testing.assert_allclose(p.effect(support), expected, atol=1e-9)


@given(polynomials())
def test_shares_are_the_sobol_indices(p):
    assume(p.variance > 1e-6)
    shares = p.variance_shares()
    assert sum(shares.values()) == pytest.approx(1.0)
    for support, share in shares.items():
        effect, weights = anova_effect(p, support)
        joint = np.ones(())
        for i in support:
            joint = np.multiply.outer(joint, weights[i])
        assert share == pytest.approx((joint * effect**2).sum() / p.variance, abs=1e-9)
    assert list(shares.values()) == sorted(shares.values(), reverse=True)


def test_a_constant_polynomial_has_no_shares():
    p = SparsePolynomial(binary_basis(2), ((),), np.array([3.0]))
    assert p.variance_shares() == {}
    assert p.variance == 0.0
    assert p.parameters == ()


def rotated(p, rotations):
    """The same function written in other contrasts: table R, coefficients R' c."""
    families = tuple(
        Family(f.name, f.table @ r, f.is_grouped, f.labels)
        for f, r in zip(p.basis.families, rotations, strict=True)
    )
    summed = {}
    for coefficient, term in zip(p.coefficients, p.terms, strict=True):
        orders = [range(1, p.basis.families[i].table.shape[1] + 1) for i, _ in term]
        for turned in itertools.product(*orders):
            weight = np.prod(
                [rotations[i][a - 1, b - 1] for (i, a), b in zip(term, turned, strict=True)]
            )
            key = tuple((i, b) for (i, _), b in zip(term, turned, strict=True))
            summed[key] = summed.get(key, 0.0) + coefficient * weight
    return SparsePolynomial(Basis(families), tuple(summed), np.array(list(summed.values())))


@given(polynomials(), st.integers(0, 2**32))
def test_effects_and_shares_do_not_depend_on_the_rotation_of_contrasts(p, seed):
    rng = np.random.default_rng(seed)
    sizes = [family.table.shape[1] for family in p.basis.families]
    turned = rotated(p, [np.linalg.qr(rng.normal(size=(k, k)))[0] for k in sizes])
    points = every_point(p.basis)
    np.testing.assert_allclose(turned(points), p(points), atol=1e-9)
    shares, turned_shares = (
        p.variance_shares(relative=False),
        turned.variance_shares(relative=False),
    )
    assert shares.keys() == turned_shares.keys()
    for support, share in shares.items():
        assert turned_shares[support] == pytest.approx(share, abs=1e-9)
        np.testing.assert_allclose(turned.effect(support), p.effect(support), atol=1e-9)


@given(polynomials(), st.data())
def test_a_restriction_is_the_polynomial_with_some_levels_set(p, data):
    n = len(p.basis)
    chosen = data.draw(st.sets(st.integers(0, n - 1)))
    fixed = {i: data.draw(st.integers(INACTIVE, p.basis.families[i].levels - 1)) for i in chosen}
    restricted = p.restrict(fixed)
    assert not chosen & set(restricted.parameters)
    points = every_point(p.basis)
    expected = np.array(points)
    for i, level in fixed.items():
        expected[:, i] = level
    np.testing.assert_allclose(restricted(points), p(expected), atol=1e-9)


@given(polynomials())
def test_components_share_no_term_and_cannot_be_split(p):
    components = connected([[i for i, _ in term] for term in p.terms])
    assert sorted(i for component in components for i in component) == list(p.parameters)
    assert components == sorted(components)
    for term in p.terms:
        own = {i for i, _ in term}
        assert sum(bool(own & set(component)) for component in components) == bool(own)
    for component in components:
        reached = {component[0]}
        for _ in component:
            for term in p.terms:
                own = {i for i, _ in term}
                if own & reached:
                    reached |= own
        assert reached == set(component)


def test_a_chain_of_scopes_is_one_component():
    assert connected([(5, 4), (1, 2), (3, 4), (2, 3), (9,), ()]) == [(1, 2, 3, 4, 5), (9,)]


def test_a_polynomial_owns_its_coefficients():
    coefficients = np.array([1.0])
    p = SparsePolynomial(binary_basis(1), (((0, 1),),), coefficients)
    coefficients[0] = 7.0
    assert p.coefficients.tolist() == [1.0]
    with pytest.raises(ValueError, match="read-only"):
        p.coefficients[0] = 2.0


def test_one_coefficient_a_term_is_demanded():
    with pytest.raises(ValueError, match="1 terms but 2 coefficients"):
        SparsePolynomial(binary_basis(1), ((),), np.array([1.0, 2.0]))


def test_a_term_stands_once():
    with pytest.raises(ValueError, match="A term stands twice"):
        SparsePolynomial(binary_basis(1), (((0, 1),), ((0, 1),)), np.array([1.0, 2.0]))


def test_text_shows_signs_names_and_orders():
    basis = Basis(
        (
            Family("lr", orthonormal_polynomials(np.full(4, 0.25))[:, :3], False, tuple("abcd")),
            Family("bias", contrasts(2), False, ("no", "yes")),
        )
    )
    p = SparsePolynomial(basis, ((), ((0, 2), (1, 1)), ((1, 1),)), np.array([-1.5, 2.0, -0.25]))
    assert str(p) == "- 1.5 + 2 * lr[2] * bias - 0.25 * bias"


@pytest.mark.parametrize(
    ("terms", "coefficients", "text"),
    [((), [], ""), (((),), [2.0], "2"), ((((0, 1),),), [1.0], "1 * x0")],
)
def test_short_polynomials_have_short_texts(terms, coefficients, text):
    assert str(SparsePolynomial(binary_basis(1), terms, np.array(coefficients))) == text
