"""What settings do value by value, in the user's own values, beside the function that is known."""

import pytest
from report.known import clean, failing, noisy


@pytest.fixture(name="truth", params=[clean, noisy, failing], ids=["clean", "noisy", "failing"])
def _truth(request):
    return request.param()


def change(truth, values):
    used = truth.tuning.explanation.recommended.configuration
    return truth.mean({**used, **values}) - truth.mean(used)


def test_the_values_of_a_table_are_the_users_and_the_changes_are_true(truth):
    explanation = truth.tuning.explanation
    used, space = explanation.recommended.configuration, truth.space
    claims, missed = 0, []
    for joint, pair in zip(explanation.joint, explanation.interactions, strict=True):
        assert joint.settings == pair.settings
        for first, row in zip(joint.values[0], joint.changes, strict=True):
            for second, cell in zip(joint.values[1], row, strict=True):
                values = dict(zip(joint.settings, (first, second), strict=True))
                assert space.decode(space.encode({**used, **values})) == {**used, **values}
                if cell is None:
                    continue
                claims += 1
                if not cell.low - 0.03 <= change(truth, values) <= cell.high + 0.03:
                    missed.append((values, cell))
    assert len(missed) <= 0.25 * claims, missed


def test_the_changes_along_a_curve_are_true(truth):
    explanation = truth.tuning.explanation
    for curve in explanation.curves:
        held = [
            cell.low - 0.03 <= change(truth, {curve.setting: at}) <= cell.high + 0.03
            for at, cell in zip(curve.values, curve.changes, strict=True)
        ]
        assert sum(held) >= 0.8 * len(held), curve.setting
        assert list(curve.values) == sorted(curve.values)


def test_what_is_predicted_is_beside_what_the_trial_gave(truth):
    found = truth.tuning.explanation.predictions
    assert len(found) > 10
    for one in found:
        assert one.observed == truth.study.trials[one.trial].value
        assert one.is_inside == (one.predicted.low <= one.observed <= one.predicted.high)
    assert sum(one.is_inside for one in found) >= 0.75 * len(found)


def test_one_of_the_studies_has_a_table_and_one_a_curve():
    explanations = [truth().tuning.explanation for truth in (clean, noisy, failing)]
    assert any(explanation.joint for explanation in explanations)
    assert any(explanation.curves for explanation in explanations)
