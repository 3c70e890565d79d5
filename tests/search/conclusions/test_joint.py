"""Tables of pairs, triples and curves, beside functions of which all is known."""

import numpy as np
import pytest
from search.trials import beliefs, drawn, findings, history

from overtone.search.conclusions.interactions import interactions_at
from overtone.search.conclusions.joint import MOST_ROWS, curves_at, joint_of, triples_at
from overtone.search.conclusions.settings import settings_at
from overtone.search.history import State
from overtone.space import Categorical, Integer, Real, SearchSpace

SPACE = SearchSpace(
    [
        Categorical("metal", ["iron", "tin", "zinc"]),
        Categorical("quench", [0, 1]),
        Categorical("draft", [0, 1]),
        Categorical("song", [0, 1]),
        Real("heat", 0.0, 1.0),
        Integer("hours", 1, 40),
    ]
)


def forged(codes):
    """Tin costs 1.5, not to quench 1, and both 1 more; so do draft and song; heat is best at 0.3."""
    metal, quench, draft, song, heat, _ = codes.T
    tin, hot = (metal == 1) * 1.0, 1.0 - quench
    pair = 1.5 * tin + hot + tin * hot
    return pair + draft + song + draft * song + 3.0 * (heat - 0.3) ** 2


@pytest.fixture(name="known", scope="module")
def _known():
    codes = drawn(SPACE, 120)
    y = forged(codes)
    asked = beliefs(SPACE, codes, y)
    best, gain = codes[int(np.argmin(y))], asked.gain_at_most
    settings = settings_at(asked, best, gain=gain)
    start = np.where(np.arange(len(SPACE)) == 0, 1.0, 1 - best)
    return asked, best, settings, interactions_at(asked, best, settings, start, gain=gain), gain


def test_each_cell_of_a_pair_is_what_changing_both_does(known):
    asked, best, _, pairs, _ = known
    [joint] = [j for j in joint_of(asked, best, pairs) if set(j.parameters) == {0, 1}]
    held, misses = 0, []
    for first, row in zip(joint.codes[0], joint.changes, strict=True):
        for second, cell in zip(joint.codes[1], row, strict=True):
            changed = np.array(best)
            changed[list(joint.parameters)] = first, second
            truth = float(forged(changed[None])[0] - forged(best[None])[0])
            held += 1
            if not cell.low - 0.02 <= truth <= cell.high + 0.02:
                misses.append((first, second, truth, cell))
            if (changed == best).all():
                assert (cell.low, cell.mean, cell.high) == pytest.approx((0, 0, 0), abs=1e-6)
    assert held == 6
    assert len(misses) <= 1, misses


def test_a_table_holds_the_pair_and_few_values_in_order(known):
    asked, best, _, pairs, _ = known
    for pair, joint in zip(pairs, joint_of(asked, best, pairs), strict=True):
        assert joint.parameters == pair.parameters
        for codes, before, after in zip(joint.codes, pair.before, pair.after, strict=True):
            assert list(codes) == sorted(set(codes))
            assert {before, after} <= set(codes)
            assert len(codes) <= MOST_ROWS
        assert [len(row) for row in joint.changes] == [len(joint.codes[1])] * len(joint.codes[0])


def test_a_cell_of_a_table_says_what_the_pair_says(known):
    asked, best, _, pairs, _ = known
    for pair, joint in zip(pairs, joint_of(asked, best, pairs), strict=True):
        row, column = (c.index(a) for c, a in zip(joint.codes, pair.after, strict=True))
        assert joint.changes[row][column].mean == pytest.approx(pair.together.mean, abs=0.02)


def test_a_cell_that_likely_fails_is_not_known():
    codes = drawn(SPACE, 120)
    fails = (codes[:, 0] == 1) & (codes[:, 1] == 0)
    zinc = (codes[:, 0] == 2) * (2.5 + 2.0 * (1 - codes[:, 1]))
    y = np.where(fails, np.nan, forged(codes) + zinc)
    states = [State.FAILED if failed else State.COMPLETE for failed in fails]
    found = findings(SPACE, codes, y, states=states)
    tables = [j for j in found.joint if set(j.parameters) == {0, 1}]
    assert tables
    for joint in tables:
        at = {
            pair: cell
            for first, row in zip(joint.codes[0], joint.changes, strict=True)
            for pair, cell in zip([(first, c) for c in joint.codes[1]], row, strict=True)
        }
        failing = (1.0, 0.0) if joint.parameters == (0, 1) else (0.0, 1.0)
        assert at[failing] is None
        assert sum(cell is None for cell in at.values()) == 1


def test_a_planted_triple_is_found_and_its_size_is_right(known):
    asked, best, _, pairs, gain = known
    found = triples_at(asked, best, pairs, gain=gain)
    # Which of its pairs are found depends on where the best is; what is found is right.
    for triple in found:
        corners = np.repeat(best[None], 8, axis=0)
        signs = np.ones(8)
        for place, (parameter, after) in enumerate(
            zip(triple.parameters, triple.after, strict=True)
        ):
            on = np.arange(8) >> place & 1 == 1
            corners[on, parameter] = after
            signs[~on] *= -1
        assert triple.beyond.mean == pytest.approx(float(signs @ forged(corners)), abs=0.7)


def test_a_product_of_three_is_a_triple_and_a_sum_is_none():
    space = SearchSpace([Categorical(f"b{i}", [0, 1]) for i in range(6)])
    codes = drawn(space, 100)
    a, b, c = codes[:, :3].T
    product = -4.0 * a * b * c + 0.3 * codes[:, 3]
    [triple] = findings(space, codes, product).triples
    assert triple.parameters == (0, 1, 2)
    assert (triple.before, triple.after) == ((1.0, 1.0, 1.0), (0.0, 0.0, 0.0))
    # f(000) - f(100) - ... + f(110) + ... - f(111) is all there is.
    assert triple.together.mean == pytest.approx(4.0, abs=0.3)
    assert triple.beyond.mean == pytest.approx(4.0, abs=0.6)
    assert findings(space, codes, a + b + c + 2 * a * b).triples == ()


def test_a_curve_passes_through_the_listed_values_and_holds_the_truth(known):
    asked, best, settings, _, _ = known
    [heat] = [s for s in settings if s.parameter == 4]
    [curve] = curves_at(asked, best, [heat])
    at = dict(zip(curve.codes, curve.changes, strict=True))
    assert list(curve.codes) == sorted(curve.codes)
    assert (curve.codes[0], curve.codes[-1]) == (0.0, 1.0)
    for level in heat.levels:
        assert at[level.code].mean == pytest.approx(level.change.mean, abs=1e-6)
    truth = [3.0 * ((v - 0.3) ** 2 - (best[4] - 0.3) ** 2) for v in curve.codes]
    held = [c.low - 0.02 <= t <= c.high + 0.02 for c, t in zip(curve.changes, truth, strict=True)]
    assert sum(held) >= 0.8 * len(held)
    assert at[best[4]].mean == pytest.approx(0.0, abs=1e-6)


def test_choices_and_short_ranges_have_no_curve(known):
    asked, best, settings, _, _ = known
    curves = {curve.parameter for curve in curves_at(asked, best, settings)}
    assert curves <= {4, 5}


def test_without_trials_there_is_nothing():
    codes = drawn(SPACE, 2)
    found = findings(SPACE, codes, forged(codes))
    assert (found.joint, found.triples, found.curves, found.predictions) == ((), (), (), ())
    empty = history(codes[:0], [])
    assert len(empty.y) == 0
