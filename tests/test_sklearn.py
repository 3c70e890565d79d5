"""The regressor is one of scikit-learn's, and its levels are what its columns say."""

import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import overtone
from overtone.errors import RecoveryError, SampleWarning, SpaceError
from overtone.sklearn import SparsePolynomialRegressor, _column, _ordered
from overtone.space import CELLS, FINEST_GRID, Categorical, Integer, Real, SearchSpace
from overtone.spectrum.recovery.lasso_rules import AdaptiveLasso, CrossValidatedLasso
from overtone.spectrum.recovery.pursuit import Pursuit

FRAMES = pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame], ids=["pandas", "polars"])
SPACE = SearchSpace(
    [
        Categorical("solver", ["adam", "sgd", "none"]),
        Categorical("momentum", [0.0, 0.9, 0.99], when={"solver": "sgd"}),
        Integer("layers", 1, 4),
        Real("rate", 1e-4, 1.0, log=True),
        Categorical("cache", [True, False]),
    ]
)


@pytest.mark.slow
@parametrize_with_checks([SparsePolynomialRegressor()])
def test_it_passes_the_checks_of_scikit_learn(estimator, check):
    check(estimator)


def signs(samples=200, n=12):
    rng = np.random.default_rng(0)
    X = rng.choice([-1.0, 1.0], size=(samples, n))
    return X, 3 * X[:, 2] - 2 * X[:, 4] * X[:, 7] + 0.1 * rng.normal(size=samples)


def mixed(samples=300):
    """Columns of every kind, and values that depend on some of them."""
    rng = np.random.default_rng(1)
    columns = {
        "kind": rng.choice(["a", "b", "c"], samples),
        "on": rng.random(samples) < 0.5,
        "count": rng.integers(0, 5, samples),
        "size": rng.normal(size=samples),
    }
    y = 2.0 * (columns["kind"] == "b") * columns["on"] + 0.5 * columns["count"]
    return columns, y + 0.05 * rng.normal(size=samples)


def configurations(samples=300):
    rng = np.random.default_rng(2)
    drawn = [SPACE.sample(rng) for _ in range(samples)]
    y = [c.get("momentum", 0.0) + 0.2 * c["layers"] + (c["solver"] == "adam") for c in drawn]
    return drawn, np.array(y) + 0.02 * rng.normal(size=samples)


def test_on_signs_it_is_recover():
    X, y = signs()
    model = SparsePolynomialRegressor(degree=3).fit(X, y)
    expected = overtone.recover(X, y, degree=3)
    assert model.polynomial_.terms == expected.polynomial.terms
    np.testing.assert_array_equal(model.polynomial_.coefficients, expected.polynomial.coefficients)
    assert model.recovery_.samples == 200
    assert model.n_features_in_ == 12
    assert not hasattr(model, "feature_names_in_")


def test_a_feature_that_was_plainly_not_drawn_uniformly_is_named():
    columns, y = mixed()
    columns["on"] = np.random.default_rng(4).random(len(y)) < 0.9
    said = rf"Feature 'on' is True in {columns['on'].mean():.0%} of the points"
    with pytest.warns(SampleWarning, match=said) as caught:
        SparsePolynomialRegressor(degree=1).fit(pd.DataFrame(columns), y)
    assert [w.filename for w in caught] == [__file__]


def test_two_values_need_not_be_signs():
    X, y = signs()
    plain, moved = (SparsePolynomialRegressor().fit(Z, y) for Z in (X, 10.0 + 3 * X))
    np.testing.assert_allclose(moved.predict(10 + 3 * X), plain.predict(X), rtol=1e-12)


@FRAMES
def test_a_frame_says_what_its_columns_are(frame):
    columns, y = mixed()
    model = SparsePolynomialRegressor().fit(frame(columns), y)
    kind, on, count, size = model.polynomial_.basis.families
    assert (kind.is_grouped, kind.labels) == (True, ("a", "b", "c"))
    assert on.labels == ("False", "True")
    assert count.labels == ("0", "1", "2", "3", "4")
    assert size.levels == CELLS
    assert list(model.feature_names_in_) == list(columns)
    assert model.score(frame(columns), y) > 0.98


def test_pandas_and_polars_give_the_same_fit():
    columns, y = mixed()
    one = SparsePolynomialRegressor().fit(pd.DataFrame(columns), y)
    other = SparsePolynomialRegressor().fit(pl.DataFrame(columns), y)
    np.testing.assert_array_equal(
        one.predict(pd.DataFrame(columns)), other.predict(pl.DataFrame(columns))
    )


def test_numbers_that_pandas_calls_a_category_have_no_order():
    column = pd.Series([3, 1, 2, 1], dtype="category")
    assert _column("x", column).dtype == object
    assert _column("x", column.astype("Int64")).dtype == np.float64


@FRAMES
def test_an_unseen_category_contributes_nothing(frame):
    kind = np.tile(["a", "b", "c"], 40)
    y = np.where(kind == "b", 3.0, 0.0) + 0.01 * np.random.default_rng(0).normal(size=120)
    model = SparsePolynomialRegressor().fit(frame({"kind": kind}), y)
    unseen = model.predict(frame({"kind": ["z"]}))
    assert unseen == pytest.approx(model.polynomial_.constant)
    assert unseen == pytest.approx(1.0, abs=0.05)


@given(st.lists(st.floats(-1e308, 1e308), min_size=1, max_size=40))
def test_a_column_is_cut_into_levels_that_all_occur(numbers):
    column = np.array(numbers)
    cut = _ordered("x", column)
    found = cut.levels(column)
    distinct = len(np.unique(column))
    assert sorted(set(found.tolist())) == list(range(cut.family.levels))
    assert cut.family.levels == distinct if distinct <= FINEST_GRID else cut.family.levels <= CELLS
    assert (np.diff(found[np.argsort(column)]) >= 0).all()


@given(st.lists(st.integers(-1000, 1000), min_size=2, max_size=FINEST_GRID, unique=True), st.data())
def test_an_unseen_number_goes_to_the_nearest_level(numbers, data):
    values = np.sort(np.array(numbers, dtype=float))
    number = data.draw(st.floats(-2000, 2000))
    level = _ordered("x", values).levels(np.array([number]))[0]
    assert abs(values[level] - number) == np.abs(values - number).min()


def test_neighbouring_floats_are_two_levels():
    """Their middle rounds to one of them: to the lower one, then to the upper one."""
    for low in (1.0, np.nextafter(1.0, 2.0)):
        column = np.array([low, np.nextafter(low, 2.0)])
        assert _ordered("x", column).levels(column).tolist() == [0, 1]


def test_a_value_that_fills_most_of_a_column_is_a_level():
    column = np.concatenate([np.zeros(90), np.arange(1.0, 11.0)])
    assert (_ordered("x", column).levels(column)[:90] == 0).all()
    assert _ordered("x", column).family.levels == 2
    assert _ordered("x", -column).family.levels == 2


@FRAMES
@pytest.mark.parametrize("column", [["a", None], [1.0, None], [1.0, np.nan], [1.0, np.inf]])
def test_a_missing_value_is_refused(frame, column):
    with pytest.raises(RecoveryError, match=r"column 'x' holds .*Fill it in"):
        SparsePolynomialRegressor().fit(frame({"x": column * 10}), np.arange(20.0))


@pytest.mark.parametrize("kind", ["Int64", "boolean", "category", object])
def test_a_missing_value_of_pandas_is_refused(kind):
    frame = pd.DataFrame({"x": pd.array([1, None] * 10, dtype=kind)})
    with pytest.raises(RecoveryError, match="column 'x' holds"):
        SparsePolynomialRegressor().fit(frame, np.arange(20.0))


@FRAMES
def test_dates_are_refused(frame):
    dates = np.arange(20).astype("datetime64[D]").astype("datetime64[ms]")
    with pytest.raises(RecoveryError, match="column 'when' holds dates"):
        SparsePolynomialRegressor().fit(frame({"when": dates}), np.arange(20.0))


def test_lists_are_refused():
    frame = pl.DataFrame({"x": [[1], [2]] * 10})
    with pytest.raises(RecoveryError, match=r"column 'x' holds .* a category is expected"):
        SparsePolynomialRegressor().fit(frame, np.arange(20.0))


def test_text_in_a_column_of_numbers_is_refused():
    columns, y = mixed()
    model = SparsePolynomialRegressor().fit(pd.DataFrame(columns), y)
    odd = pd.DataFrame(columns | {"size": ["large"] * len(y)})
    with pytest.raises(RecoveryError, match="'size' was fitted to numbers, but holds 'large'"):
        model.predict(odd)


@FRAMES
def test_frames_and_configurations_of_a_space_give_the_same_fit(frame):
    drawn, y = configurations()
    rows = {name: [c.get(name) for c in drawn] for name in reversed(SPACE.names)}
    by_list = SparsePolynomialRegressor(space=SPACE).fit(drawn, y)
    by_frame = SparsePolynomialRegressor(space=SPACE).fit(frame(rows), y)
    np.testing.assert_array_equal(by_list.predict(frame(rows)), by_frame.predict(drawn))
    assert by_list.score(drawn, y) > 0.95
    assert list(by_list.feature_names_in_) == list(SPACE.names)
    assert by_list.n_features_in_ == len(SPACE)


def test_null_may_be_a_choice():
    """In `k` a missing value is the choice null where depth is 3, and inactive where depth is null."""
    space = SearchSpace(
        [Categorical("depth", [None, 3]), Categorical("k", [None, "a"], when={"depth": 3})]
    )
    rows = pd.DataFrame({"depth": [None, 3, 3] * 20, "k": [None, None, "a"] * 20})
    y = np.array([0.0, 5.0, 7.0] * 20)
    model = SparsePolynomialRegressor(space=space).fit(rows, y)
    np.testing.assert_allclose(model.predict(rows), y, atol=1e-9)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"solver": "adam"}] * 5, "is active but has no value"),
        (pd.DataFrame({"solver": ["adam"], "speed": [1]}), "no parameter 'speed'"),
        (pd.DataFrame({"solver": ["lbfgs"]}), "not one of its choices"),
        (np.zeros((5, 5)), "a configuration is expected"),
    ],
)
def test_what_a_space_does_not_know_is_refused(rows, message):
    with pytest.raises(SpaceError, match=message):
        SparsePolynomialRegressor(space=SPACE).fit(rows, np.arange(5.0))


def test_numpy_values_may_stand_in_a_configuration():
    space = SearchSpace([Categorical("on", [True, False]), Integer("k", 1, 2, when={"on": True})])
    plain = [{"on": True, "k": 1}, {"on": True, "k": 2}, {"on": False}] * 20
    numpy = [{k: np.bool_(v) if k == "on" else np.int64(v) for k, v in c.items()} for c in plain]
    model = SparsePolynomialRegressor(space=space).fit(plain, [1.0, 2.0, 5.0] * 20)
    np.testing.assert_array_equal(model.predict(numpy), model.predict(plain))


def test_a_grid_search_finds_the_degree():
    X, y = signs()
    search = GridSearchCV(SparsePolynomialRegressor(), {"degree": [1, 2]}, cv=3).fit(X, y)
    assert search.best_params_ == {"degree": 2}
    assert search.best_score_ > 0.9


def test_a_grid_search_may_run_over_rules():
    X, y = signs(100)
    rules = [Pursuit(), AdaptiveLasso(), CrossValidatedLasso()]
    search = GridSearchCV(SparsePolynomialRegressor(), {"rule": rules}, cv=2).fit(X, y)
    assert search.best_params_["rule"] in rules[:2]
    assert clone(search.best_estimator_).rule == search.best_params_["rule"]


def test_a_grid_search_may_run_over_configurations():
    drawn, y = configurations(150)
    search = GridSearchCV(SparsePolynomialRegressor(space=SPACE), {"sparsity": [1, "auto"]}, cv=2)
    assert search.fit(drawn, y).best_params_ == {"sparsity": "auto"}


def test_it_ends_a_pipeline():
    X, y = signs()
    rows = make_pipeline(StandardScaler(), SparsePolynomialRegressor()).fit(X, y)
    frames = make_pipeline(FunctionTransformer(pd.DataFrame), SparsePolynomialRegressor())
    assert rows.score(X, y) > 0.99
    assert frames.fit(X, y).score(X, y) > 0.99


def test_copies_predict_the_same():
    drawn, y = configurations()
    model = SparsePolynomialRegressor(degree=2, space=SPACE).fit(drawn, y)
    thawed = pickle.loads(pickle.dumps(model))
    again = clone(model).fit(drawn, y)
    np.testing.assert_array_equal(thawed.predict(drawn), model.predict(drawn))
    np.testing.assert_array_equal(again.predict(drawn), model.predict(drawn))


def test_a_fit_that_failed_is_no_fit():
    model = SparsePolynomialRegressor()
    with pytest.raises(RecoveryError, match="at least 2 are needed"):
        model.fit([[1.0]], [1.0])
    with pytest.raises(NotFittedError):
        model.predict([[1.0]])
    assert not hasattr(model, "polynomial_")


def test_a_wrong_option_is_refused_when_fitting():
    X, y = signs(20)
    with pytest.raises(RecoveryError, match="degree is 9"):
        SparsePolynomialRegressor(degree=9).fit(X, y)


def test_without_scikit_learn_the_error_says_what_to_install():
    program = "import sys; sys.modules['sklearn'] = None; import overtone.sklearn"
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert "ImportError: overtone.sklearn needs scikit-learn" in ran.stderr
    assert "pip install 'overtone[sklearn]'" in ran.stderr
