"""The problems of `recovery.py`, and the solvers timed on them: ours, and those that store the matrix."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

PENALTIES = 50
# Products that are centred together: a few megabytes.
IN_CACHE = 1000


@dataclass(frozen=True)
class Problem:
    n: int
    degree: int
    samples: int
    precision: str = "float64"  # of the rivals' matrix

    def __str__(self) -> str:
        return f"n = {self.n}, d = {self.degree}, N = {self.samples}"

    @property
    def terms(self) -> int:
        return sum(math.comb(self.n, k) for k in range(1, self.degree + 1))


def planted(problem: Problem, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Signs and the values of ten random monomials of degree 1 to 3 with noise of 0.5."""
    rng = np.random.default_rng(seed)
    X = 2 * rng.integers(0, 2, (problem.samples, problem.n), dtype=np.int8) - 1
    y = 0.5 * rng.standard_normal(problem.samples)
    for _ in range(10):
        factors = rng.choice(problem.n, rng.integers(1, 4), replace=False)
        y += rng.choice([-1, 1]) * rng.uniform(0.5, 1.5) * X[:, factors].prod(axis=1)
    return X, y


@dataclass(frozen=True)
class Fit:
    gap: Callable[[], float]
    building: float = 0.0
    scans: int = 0
    knots: int = 0


Prepare: TypeAlias = Callable[[Problem, int], Callable[[], Fit]]
Solve: TypeAlias = Callable[[np.ndarray, np.ndarray, np.ndarray], tuple[np.ndarray, float]]


def path_of_ours(problem: Problem, seed: int) -> Callable[[], Fit]:
    import overtone

    X, y = planted(problem, seed)

    def run() -> Fit:
        path = overtone.lasso_path(X, y, degree=problem.degree)
        return Fit(
            lambda: max(map(path.gap, path.penalties)), scans=path.scans, knots=len(path.penalties)
        )

    return run


def recovery_of_ours(problem: Problem, seed: int) -> Callable[[], Fit]:
    import overtone

    X, y = planted(problem, seed)

    def run() -> Fit:
        recovery = overtone.recover(X, y)
        return Fit(lambda: recovery.duality_gap)

    return run


def matrix(X: np.ndarray, degree: int, precision: str) -> np.ndarray:
    """All centred products `(N, terms)`, column by column in memory."""
    n, samples = X.shape[1], len(X)
    out = np.empty((Problem(n, degree, samples).terms, samples), precision)
    out[:n] = X.T
    # Products of degree k stand in order, so those whose first factor comes after i are the last ones.
    stop = n
    for k in range(2, degree + 1):
        at = stop
        for i in range(n - k + 1):
            later = math.comb(n - 1 - i, k - 1)
            np.multiply(out[stop - later : stop], out[i], out=out[at : at + later])
            at += later
        stop = at
    for at in range(0, len(out), IN_CACHE):
        rows = out[at : at + IN_CACHE]
        rows -= rows.mean(axis=1, keepdims=True)
    return out.T


def rival(solve: Solve) -> Prepare:
    """A solver over the penalties of our path, which builds its matrix first."""

    def prepare(problem: Problem, seed: int) -> Callable[[], Fit]:
        import overtone

        X, y = planted(problem, seed)
        reached = overtone.lasso_path(X, y, degree=problem.degree).penalties
        penalties = np.geomspace(reached[0], reached[-1], PENALTIES)
        y = (y - y.mean()).astype(problem.precision)

        def run() -> Fit:
            start = time.perf_counter()
            A = matrix(X, problem.degree, problem.precision)
            building = time.perf_counter() - start
            b, penalty = solve(A, y, penalties.astype(problem.precision))
            return Fit(lambda: gap(A, y, b, penalty), building)

        return run

    return prepare


def gap(A: np.ndarray, y: np.ndarray, b: np.ndarray, penalty: float) -> float:
    from overtone.spectrum.lasso.group import duality_gap

    residual = y - A @ b.astype(A.dtype)
    strongest = float(np.abs(A.T @ residual).max())
    return duality_gap(
        y, residual, norm=float(np.abs(b).sum()), penalty=float(penalty), strongest=strongest
    )


def sklearn_path(
    A: np.ndarray, y: np.ndarray, penalties: np.ndarray, tol: float = 1e-4
) -> tuple[np.ndarray, float]:
    from sklearn.linear_model import lasso_path

    _, found, _ = lasso_path(A, y, alphas=penalties, copy_X=False, tol=tol)
    return found[:, -1], penalties[-1]


def sklearn_finer_path(
    A: np.ndarray, y: np.ndarray, penalties: np.ndarray
) -> tuple[np.ndarray, float]:
    return sklearn_path(A, y, penalties, tol=1e-6)


def sklearn_cv(A: np.ndarray, y: np.ndarray, penalties: np.ndarray) -> tuple[np.ndarray, float]:
    from sklearn.linear_model import LassoCV

    fit = LassoCV(alphas=penalties, cv=5).fit(A, y)
    return fit.coef_, fit.alpha_


def celer_path(A: np.ndarray, y: np.ndarray, penalties: np.ndarray) -> tuple[np.ndarray, float]:
    import celer

    found = celer.celer_path(A, y, "lasso", alphas=penalties)[1]
    return found[:, -1], penalties[-1]


def skglm_path(A: np.ndarray, y: np.ndarray, penalties: np.ndarray) -> tuple[np.ndarray, float]:
    import skglm

    found = skglm.Lasso(fit_intercept=False).path(A, y, penalties)[1]
    return found[:, -1], penalties[-1]


def adelie_path(A: np.ndarray, y: np.ndarray, penalties: np.ndarray) -> tuple[np.ndarray, float]:
    import adelie

    state = adelie.grpnet(
        A,
        adelie.glm.gaussian(y, dtype=A.dtype.type),
        lmda_path=penalties,
        intercept=False,
        early_exit=False,
        progress_bar=False,
    )
    return state.betas[-1].toarray()[0], penalties[-1]


def glmnet_path(A: np.ndarray, y: np.ndarray, penalties: np.ndarray) -> tuple[np.ndarray, float]:
    import glmnet

    fit = glmnet.ElasticNet(
        alpha=1.0, lambda_path=penalties, n_splits=0, standardize=False, fit_intercept=False
    ).fit(A, y)
    return fit.coef_path_[:, -1], fit.lambda_path_[-1]


@dataclass(frozen=True)
class Solver:
    package: str
    prepare: Prepare
    against: str = "lasso_path"  # of ours


SOLVERS = {
    "lasso_path": Solver("overtone", path_of_ours),
    "recover": Solver("overtone", recovery_of_ours, "recover"),
    "scikit-learn lasso_path": Solver("sklearn", rival(sklearn_path)),
    "scikit-learn lasso_path, tol 1e-6": Solver("sklearn", rival(sklearn_finer_path)),
    "scikit-learn LassoCV": Solver("sklearn", rival(sklearn_cv), "recover"),
    "celer celer_path": Solver("celer", rival(celer_path)),
    "skglm Lasso.path": Solver("skglm", rival(skglm_path)),
    "adelie grpnet": Solver("adelie", rival(adelie_path)),
    "glmnet ElasticNet": Solver("glmnet", rival(glmnet_path)),
}
ONLY_SMALL = ("scikit-learn lasso_path, tol 1e-6", "scikit-learn LassoCV")
