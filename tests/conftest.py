"""One thread a process, and one Hypothesis profile, for all tests."""

import os

# Two test processes with two threads each would wait for one another on two cores. It has to be said
# before numpy is imported.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import hypothesis

# No deadline: the first call of a kernel compiles it, and test machines are shared.
# Derandomised: a change is judged by the same examples everywhere; new ones come with new tests.
hypothesis.settings.register_profile(
    "overtone",
    deadline=None,
    derandomize=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("overtone")
