"""The arguments that both samplers take, checked once, and the space when it is first departed from."""

import secrets
import warnings
from typing import Final

from overtone.errors import SearchError, SpaceWarning, suggestion
from overtone.search.repeats import Repeats
from overtone.space import SearchSpace
from overtone.space.values import is_whole

# Names of a space that a warning shows.
LISTED: Final = 8


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


def refuse_no_repeats(repeats: object) -> None:
    """Let repeats or None pass.

    Raises:
        SearchError: on anything else.
    """
    if repeats is not None and not isinstance(repeats, Repeats):
        raise SearchError(
            f"repeats is {repeats!r}, but overtone.Repeats(trials=...) is expected, with the number of "
            "trials that the study is to have."
        )


def seed_of(seed: object) -> int:
    """A seed that was given, or one that nobody has had before.

    Raises:
        SearchError: if it is no whole number from 0 on.
    """
    if seed is None:
        return secrets.randbits(32)
    if is_whole(seed) and seed >= 0:
        return int(seed)
    raise SearchError(f"seed is {seed!r}, but a whole number from 0 on is expected.")


def warn_of_stranger(space: SearchSpace | None, name: str) -> None:
    """Warn of a parameter that a given space does not have: nothing would ever be learnt of it."""
    if space is not None and name not in space.names:
        listed = ", ".join(space.names[:LISTED]) or "no parameters"
        more = f" and {len(space) - LISTED} more" if len(space) > LISTED else ""
        warnings.warn(
            f"The objective asks for {name!r}, which is not in the space that the sampler was given: it is "
            f"drawn at random, and nothing is learnt of it.{suggestion(name, space.names)} "
            f"The space has {listed}{more}.",
            SpaceWarning,
            stacklevel=3,
        )
