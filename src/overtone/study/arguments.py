"""The arguments that both samplers take, checked once."""

import secrets

import numpy as np

from overtone.errors import SearchError
from overtone.space import SearchSpace


def refuse_no_space(space: object) -> None:
    """Let a search space or None pass.

    Raises:
        SearchError: on anything else.
    """
    if space is not None and not isinstance(space, SearchSpace):
        raise SearchError(
            f"space is a {type(space).__name__}, but a SearchSpace is expected: "
            "write overtone.SearchSpace([overtone.Categorical(...), ...])."
        )


def seed_of(seed: object) -> int:
    """A seed that was given, or one that nobody has had before.

    Raises:
        SearchError: if it is no whole number from 0 on.
    """
    if seed is None:
        return secrets.randbits(32)
    if isinstance(seed, int | np.integer) and not isinstance(seed, bool) and seed >= 0:
        return int(seed)
    raise SearchError(f"seed is {seed!r}, but a whole number from 0 on is expected.")
