"""A study whose names try to be more than names."""

import functools

import optuna

import overtone
from overtone.space import Categorical, Integer, SearchSpace
from overtone.study.distributions import suggest

HOSTILE = [
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(1)>",
    "a" * 10_000,
    "\u202eright to left",
    "שלום",
    "{{ 7 * 7 }}",
    "tone:main",
    "<b>bold</b> & \"quoted\" 'single'",
    "學習率",
    "line\nbreak\x1b[31m",
]


@functools.cache
def hostile():
    """Its explanation."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    names = HOSTILE[:8]
    space = SearchSpace(
        [
            *(Categorical(name, ["<i>", "tone:bad", "x" * 500]) for name in names),
            Integer(HOSTILE[8], 1, 64),
            Categorical(HOSTILE[9], [False, True]),
        ]
    )

    def score(c):
        hits = [2.0 * (c[name] == "<i>") for name in names[:4]]
        if c[HOSTILE[4]] == "<i>":
            raise ValueError("<script>alert(2)</script>" + "z" * 5000)
        return (
            sum(hits) - 3.0 * (c[names[0]] == "<i>") * (c[names[1]] == "<i>") + c[HOSTILE[8]] / 16
        )

    study = optuna.create_study(sampler=overtone.SpectralSampler(seed=0, space=space))
    study.enqueue_trial(
        {**dict.fromkeys(names, "x" * 500), HOSTILE[8]: 60, HOSTILE[9]: True},
        user_attrs={"overtone:default": True},
    )
    study.optimize(lambda trial: score(suggest(trial, space)), n_trials=60, catch=ValueError)
    return overtone.explain(study, space=space)
