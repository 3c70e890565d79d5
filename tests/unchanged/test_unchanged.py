"""What was proposed, recovered and reported before is so still; whoever changes it renews the record."""

import json
from typing import Any

import pytest
from unchanged import record

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def both() -> tuple[dict[str, Any], dict[str, Any]]:
    return record.kept(), record.made()


def test_the_first_trials_and_all_found_terms_are_as_before(both):
    """These do not hang on the last bit, so they are the same on every machine."""
    before, now = both
    assert set(now["studies"]) == set(before["studies"])
    for name, study in before["studies"].items():
        assert is_alike(now["studies"][name]["first"], study["first"]), name
    assert set(now["recoveries"]) == set(before["recoveries"])
    for name, found in before["recoveries"].items():
        for what in set(found) - {"all", "evidence"}:
            assert is_alike(now["recoveries"][name][what], found[what]), (name, what)


def test_everything_is_as_before_to_the_last_bit(both):
    before, now = both
    if now["arithmetic"] != before["arithmetic"]:
        pytest.skip(f"this machine rounds as {now['arithmetic']}, not {before['arithmetic']}")
    for part in ("studies", "recoveries", "reports"):
        for name, value in before[part].items():
            # As text: a failed trial's NaN is equal to none.
            assert json.dumps(now[part][name]) == json.dumps(value), name
    assert json.dumps(now) == json.dumps(before)


def is_alike(one: object, other: object) -> bool:
    """Whether two values differ by rounding only."""
    match one, other:
        case list(), list():
            return len(one) == len(other) and all(map(is_alike, one, other))
        case dict(), dict():
            return one.keys() == other.keys() and all(is_alike(one[k], other[k]) for k in one)
        case float(), float():
            return one == pytest.approx(other, rel=1e-6, abs=1e-9, nan_ok=True)
        case _:
            return one == other
