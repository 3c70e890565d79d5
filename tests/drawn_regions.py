"""A space of every kind of parameter, and the regions that a search could narrow it to."""

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

from overtone.search.grid import grid
from overtone.search.region import Region, draw_code
from overtone.space import Categorical, Integer, Real, SearchSpace

SPACE = SearchSpace(
    [
        Categorical("flag", [False, True]),
        Categorical("kind", ["u", "v", "w"]),
        Real("rate", 1e-4, 1.0, log=True),
        Real("level", -1.0, 3.0),
        Real("share", 0.0, 1.0, step=0.05),
        Integer("size", 1, 512, log=True),
        Integer("depth", 2, 6),
        Integer("count", 0, 90, step=3),
        Integer("tail", 1, 3, when={"flag": True}),
        Real("slope", 0.0, 1.0, when={"kind": ["v", "w"], "flag": True}),
    ]
)


# A region takes a few grids to draw.
few = settings(max_examples=30)


def codes_of(space, region, *, trials, seed=0, stage=1):
    """Configurations as the search draws them: one alternative of each stage, then parameter by parameter."""
    rows = []
    for trial in range(trials):
        kept = region.intervals(seed, stage, trial)
        drawn = [
            draw_code(p, kept.get(p.name), seed=seed, stage=stage, trial=trial)
            for p in space.parameters
        ]
        rows.append(space.encode(space.decode(np.array(drawn))))
    return np.array(rows)


@st.composite
def regions(draw, space=SPACE, stages=3):
    """A region that a search could come to: each stage keeps some levels of the grid before it."""
    region = Region()
    for _ in range(draw(st.integers(0, stages))):
        cells = grid(space, region)
        sizes = {i: f.levels for i, f in enumerate(cells.basis.families) if f.levels > 1}
        if not sizes:
            break
        chosen = draw(st.lists(st.sampled_from(sorted(sizes)), min_size=1, max_size=3, unique=True))
        assignments = [
            {i: draw(st.integers(0, sizes[i] - 1)) for i in chosen}
            for _ in range(draw(st.integers(1, 3)))
        ]
        found = [cells.alternative(a) for a in assignments]
        region = region.narrowed(tuple(a for k, a in enumerate(found) if a not in found[:k]))
    return region


def lies_in(code, interval):
    return interval.low <= code <= interval.high
