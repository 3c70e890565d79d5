"""What the package proposes, recovers, minimises and reports, written down.

A change that is meant to change nothing leaves `record.json` as it is; one that is meant to change something
renews it, in the same commit, and says so in its message:

    python tests/unchanged/record.py tests/unchanged/record.json

Rounding differs between processors and between versions of numpy and scipy, and a search follows the last
bit. So the record is made with instructions that nearly all machines have (`SAME_ARITHMETIC`), and carries a
fingerprint of its arithmetic: where a machine has another one, what hangs on rounding is not compared.
"""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]

# Before numpy and numba are imported.
SAME_ARITHMETIC = {
    "NUMBA_CPU_NAME": "generic",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OVERTONE_KERNEL": "blocked",
}

# Switches; choices and numbers, with noise and without; conditions; failures.
PROBLEMS = ("sparse_40", "mixed_30", "mixed_30_noisy", "pipeline", "tiled_loop")
SEEDS = (0, 1, 2)
TRIALS = 120
# Trials that are written down whole, before any value has a say.
FIRST = 4
BLOCK = 10


def environment() -> dict[str, str]:
    """The environment of a process with the same arithmetic as others."""
    from numpy._core import _multiarray_umath

    rare = [name for name in _multiarray_umath.__cpu_dispatch__ if "512" in name or "V4" in name]
    own = {**SAME_ARITHMETIC, "NPY_DISABLE_CPU_FEATURES": " ".join(rare)}
    if _has_avx2():
        own["OPENBLAS_CORETYPE"] = os.environ.get("OPENBLAS_CORETYPE", "Haswell")
    return {**os.environ, **own}


def _has_avx2() -> bool:
    try:
        words = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").split()
    except OSError:
        return False
    return {"avx2", "fma"} <= set(words)


def made() -> dict[str, Any]:
    """The record of the package as it is, made in a process of its own."""
    printed = subprocess.run(
        [sys.executable, "-W", "ignore", __file__],
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    record: dict[str, Any] = json.loads(printed.stdout)
    return record


def kept() -> dict[str, Any]:
    """The record as it was last renewed."""
    record: dict[str, Any] = json.loads((HERE / "record.json").read_text(encoding="utf-8"))
    return record


def digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]


def arithmetic() -> str:
    """A fingerprint of how this process rounds."""
    import numpy as np
    import scipy
    from scipy.linalg import cholesky

    rng = np.random.default_rng(0)
    a = rng.normal(size=(120, 70))
    gram = a.T @ a
    parts = [gram, cholesky(gram, lower=True), np.exp(a), np.log(np.abs(a)), a.sum(axis=0)]
    rounded = hashlib.sha256(b"".join(np.ascontiguousarray(part).tobytes() for part in parts))
    return f"numpy {np.__version__}, scipy {scipy.__version__}, {rounded.hexdigest()[:16]}"


def studies() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every sampler on every problem: the first trials, and a digest of every further block of them."""
    import optuna

    import overtone

    sys.path.insert(0, str(ROOT))
    from benchmarks.optimising.shipped import PROBLEMS as SHIPPED

    samplers = {
        "spectral": lambda seed: overtone.SpectralSampler(seed=seed),
        "harmonica": lambda seed: overtone.HarmonicaSampler(seed=seed, stages=2, samples=40),
        "harmonica, spectral": lambda seed: overtone.HarmonicaSampler(
            seed=seed, stages=1, samples=60, base=overtone.SpectralSampler(seed=seed)
        ),
    }
    for kind, sampler in samplers.items():
        for name in PROBLEMS:
            problem = SHIPPED[name]()
            for seed in SEEDS if kind != "harmonica, spectral" else SEEDS[:1]:
                study = optuna.create_study(sampler=sampler(seed))

                def observed(
                    trial: optuna.Trial, problem: Any = problem, seed: int = seed
                ) -> float:
                    return float(problem.observe(problem.suggest(trial), seed, trial.number)[0])

                study.optimize(observed, n_trials=TRIALS)
                trials = [[trial.params, trial.value] for trial in study.trials]
                yield (
                    f"{kind}: {name}, seed {seed}",
                    {
                        "first": trials[:FIRST],
                        "blocks": [digest(trials[k : k + BLOCK]) for k in range(0, TRIALS, BLOCK)],
                        "explanation": str(overtone.explain(study)).splitlines(),
                    },
                )


def recoveries() -> Iterator[tuple[str, dict[str, Any]]]:
    """Fits to planted products of signs, by each rule, their best assignments, and the Lasso's path."""
    import numpy as np

    import overtone

    rules = {
        "auto": overtone.Pursuit(),
        "adaptive": overtone.AdaptiveLasso(),
        "cross-validated": overtone.CrossValidatedLasso(),
        "fixed": overtone.FixedPenalty(0.1),
    }
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        X = rng.choice([-1, 1], (150, 30))
        y = 3.0 * X[:, 4] - 2.0 * X[:, 7] * X[:, 21] + X[:, 1] * X[:, 2] * X[:, 3]
        y += rng.normal(size=len(y))
        for name, rule in rules.items():
            found = overtone.recover(X, y, degree=3, rule=rule)
            least = overtone.minimise(found.polynomial, count=4)
            yield (
                f"recover, {name}, seed {seed}",
                {
                    "terms": [list(map(list, term)) for term in found.polynomial.terms],
                    "coefficients": found.polynomial.coefficients.tolist(),
                    "errors": found.errors.tolist(),
                    "evidence": [
                        found.penalty,
                        found.duality_gap,
                        found.noise,
                        found.validated,
                        found.p_value,
                    ],
                    "assignments": least.assignments.tolist(),
                    "values": least.values.tolist(),
                    "ties": least.ties,
                },
            )
        path = overtone.lasso_path(X, y)
        yield (
            f"lasso_path, seed {seed}",
            {
                "groups": [list(group) for group in path.groups],
                "penalties": path.penalties.tolist(),
                "last": path.coefficients[-1].tolist(),
                "all": digest(path.coefficients.tolist()),
            },
        )


def reports() -> Iterator[tuple[str, list[str]]]:
    """The text that a tuned function ends with."""
    import overtone

    space = {
        "kind": ["u", "v", "w"],
        "width": {"low": 1, "high": 64, "log": True},
        "rate": {"low": 1e-4, "high": 1.0, "log": True},
        "flag": [False, True],
        "deep": {"low": 0.0, "high": 1.0, "when": {"kind": "v"}},
    }

    def loss(c: dict[str, Any]) -> float:
        if c["kind"] == "w" and c["flag"]:
            raise ValueError("no")
        away = abs(c["width"] - 12) / 12 + abs(c["rate"] - 0.01) + c.get("deep", 0.6)
        return away - 2.0 * bool(c["flag"] and c["kind"] == "v")

    samplers = {
        "spectral": None,
        "harmonica": overtone.HarmonicaSampler(seed=0, stages=1, samples=40),
    }
    for name, sampler in samplers.items():
        tuning = overtone.tune(
            loss,
            space,
            trials=70,
            sampler=sampler or overtone.SpectralSampler(seed=0),
            name="reported",
            default={"kind": "u", "width": 1, "rate": 0.1, "flag": False},
        )
        yield f"report, {name}", tuning.report().splitlines()


def in_lines(record: dict[str, Any]) -> str:
    """The record as JSON with a line for each entry, so that a difference shows where it is."""
    parts = []
    for part, entries in record.items():
        if isinstance(entries, dict):
            lines = (
                f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in entries.items()
            )
            parts.append(f"{json.dumps(part)}: {{\n" + ",\n".join(lines) + "\n }")
        else:
            parts.append(f"{json.dumps(part)}: {json.dumps(entries)}")
    return "{\n " + ",\n ".join(parts) + "\n}\n"


def main() -> None:
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(in_lines(made()), encoding="utf-8")
        return
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    record = {
        "arithmetic": arithmetic(),
        "studies": dict(studies()),
        "recoveries": dict(recoveries()),
        "reports": dict(reports()),
    }
    print(json.dumps(record))


if __name__ == "__main__":
    main()
