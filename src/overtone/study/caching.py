"""What both samplers are: settings, and a cache behind a lock that can always be made again."""

import os
import threading
from abc import abstractmethod
from typing import Any, Final, Generic, TypeVar
from weakref import WeakSet

from optuna.samplers import BaseSampler
from optuna.study import Study
from optuna.trial import FrozenTrial

from overtone.search.repeats import Repeats
from overtone.space import SearchSpace
from overtone.study.arguments import refuse_no_repeats, refuse_no_space, seed_of

Cache = TypeVar("Cache")


class CachingSampler(BaseSampler, Generic[Cache]):
    """A sampler that holds its settings and a cache, nothing else.

    Pickled copies have the settings and an empty cache. So has a forked process, in which a thread that held
    the lock, and was changing the cache, does not go on.

    Args:
        space: the parameters, if they are known.
        seed: of everything; None for one that nobody has had before.
        repeats: how many trials may run a configuration again; None for none.

    Raises:
        SearchError: if one of them is of the wrong kind.
    """

    def __init__(
        self, space: SearchSpace | None, seed: int | None, repeats: Repeats | None = None
    ) -> None:
        refuse_no_space(space)
        refuse_no_repeats(repeats)
        self._space = space
        self._seed = seed_of(seed)
        self._again = repeats

    def before_trial(self, study: Study, trial: FrozenTrial) -> None:
        """Decide whether the trial runs a configuration again."""
        if self._again is not None:
            # Only who asks for repeats waits for the import of all conclusions.
            from overtone.study.repeats import begin_repeat

            # One thread after the other, or two would decide alike.
            with self._lock:
                begin_repeat(study, trial, self._again, self._space)

    @abstractmethod
    def _new_cache(self) -> Cache:
        """A cache that knows nothing."""

    def _forget(self) -> None:
        """Begin with an empty cache; the last step of making a sampler."""
        self._lock = threading.RLock()
        self._cache = self._new_cache()
        _ALL.add(self)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name not in _CACHED}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._forget()


_CACHED: Final = ("_lock", "_cache")
_ALL: Final[WeakSet[CachingSampler[Any]]] = WeakSet()


def _forget_all() -> None:
    for sampler in list(_ALL):
        sampler._forget()  # noqa: SLF001  # of this module's own class


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)
