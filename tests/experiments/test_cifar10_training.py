"""The networks of the CIFAR-10 experiment learn side by side what they learn alone."""

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from experiments.cifar10 import (
    bench,
    data,
    laboratory,
    methods,
    network,
    scales,
    settings,
    training,
)

SMOKE = scales.SCALES["smoke"]
CPU = torch.device("cpu")
PLAN = training.Plan(network.Architecture(8, 2), 2)


@pytest.fixture(scope="module")
def dataset():
    """Noise with a class in its mean: learnable, and made in no time."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, 500)
    images = rng.integers(0, 60, (500, 32, 32, 3)) + 15 * labels[:, None, None, None]
    part = images.astype(np.uint8), labels
    kept = tuple(a[:400] for a in part)
    return data.divided(kept, tuple(a[400:] for a in part), SMOKE.sizes, "noise")


def members(count, seed=0):
    """Random configurations of one batch size, without dropout, which members draw together."""
    rng = np.random.default_rng(seed)
    found = []
    while len(found) < count:
        configuration = settings.Configuration(settings.random_bits(rng))
        if configuration.batch_size == 64 and not configuration.dropout:
            found.append(training.Member(configuration, seed=len(found)))
    return found


def begun(some):
    return training.State.joined([training.begun(PLAN, member, CPU) for member in some])


def test_a_network_has_6n_plus_2_layers_with_weights():
    for depth in (8, 14, 56):
        pieces = network.Architecture(depth, 4).pieces
        layers = [p for p in pieces if p.role in ("convolution", "head") and p.shape[2:] != (1, 1)]
        assert len(layers) == depth


@pytest.mark.parametrize("depth", [7, 10, 2])
def test_other_depths_are_refused(depth):
    with pytest.raises(ValueError, match="6n"):
        network.Architecture(depth, 4)


def test_networks_side_by_side_learn_what_each_learns_alone(dataset):
    trainer = training.Trainer(dataset, CPU)
    some = members(6)
    together = trainer.train(PLAN, some, begun(some), until=8)
    for k, member in enumerate(some):
        alone = trainer.train(PLAN, [member], begun([member]), until=8)
        a, b = together.weights[k], alone.weights[0]
        assert a.isfinite().all() == b.isfinite().all()
        if b.isfinite().all():
            assert torch.allclose(a, b, rtol=1e-2, atol=1e-3), settings.Configuration


@pytest.mark.parametrize("count", [1, 3])
def test_images_lie_in_memory_as_convolutions_want_them_however_many_networks_train(dataset, count):
    """cuDNN has no kernel for some narrow networks whose colours stand last."""
    trainer = training.Trainer(dataset, CPU)
    images, labels = trainer._batch(trainer._epoch(members(count), 0), 64, 128)
    assert images.shape == (64, count, 3, 8, 8)
    assert images.is_contiguous()
    assert labels.shape == (count, 64)


def test_flips_and_shifts_show_each_image_whole_or_moved_into_its_margin(dataset):
    """Without shifts an image is seen as it is, or with left and right exchanged; the same with its class."""
    trainer = training.Trainer(dataset, CPU)
    bits = dict.fromkeys(settings.NAMES, "0") | {"flips": "1"}
    member = training.Member(settings.Configuration("".join(bits.values())), seed=3)
    drawn = trainer._epoch([member], 0)
    images, labels = trainer._batch(drawn, 0, 64)
    known = torch.from_numpy(dataset.training[0])
    flipped = 0
    for image, label, i in zip(images[:, 0], labels[0], drawn.order[0], strict=False):
        as_it_is, turned = known[i], known[i].flip(2)
        assert torch.equal(image, as_it_is) or torch.equal(image, turned)
        assert label == dataset.training[1][i]
        flipped += torch.equal(image, turned)
    assert 16 < flipped < 48


def test_a_training_that_pauses_goes_on_as_if_it_had_not(dataset):
    trainer = training.Trainer(dataset, CPU)
    some = members(1)
    through = trainer.train(PLAN, some, begun(some), until=8)
    paused = trainer.train(PLAN, some, begun(some), until=3)
    resumed = trainer.train(PLAN, some, paused.member(0), until=8)
    assert torch.equal(through.weights, resumed.weights)


def test_the_usual_recipe_learns_and_a_rate_of_nothing_does_not(dataset):
    """Negative control: the same network with the smallest rate and weak momentum stays at chance."""
    trainer = training.Trainer(dataset, CPU)
    plan = training.Plan(network.Architecture(8, 4), 30)
    weak = settings.configuration(batch_norm="yes", first_activation="yes")
    errors = {}
    for name, configuration in (("human", settings.HUMAN), ("weak", weak)):
        member = [training.Member(configuration, 0)]
        until = trainer.steps(plan, configuration.batch_size)
        state = trainer.train(plan, member, training.begun(plan, member[0], CPU), until=until)
        (errors[name],) = trainer.errors(plan, member, state)
    assert errors["human"] < 60 < errors["weak"]


@pytest.mark.parametrize("name", ["convolution bias", "batch norm tuning", "residual ratio"])
def test_what_is_not_learned_stays_where_it_began(dataset, name):
    role = {"convolution bias": "bias", "batch norm tuning": "scale", "residual ratio": "ratio"}[
        name
    ]
    off = settings.configuration(
        good_initialisation="yes",
        batch_norm="yes",
        learning_rate="from 0.01",
        weight_decay="yes",
    )
    place = settings.NAMES.index(name)
    on = settings.Configuration(off.bits[:place] + "1" + off.bits[place + 1 :])
    trainer = training.Trainer(dataset, CPU)
    moved = []
    for configuration in (off, on):
        member = training.Member(configuration, 0)
        start = training.begun(PLAN, member, CPU)
        before = start.weights.clone()
        after = trainer.train(PLAN, [member], start, until=4).weights
        sizes = [piece.size for piece in PLAN.architecture.pieces]
        roles = [piece.role for piece in PLAN.architecture.pieces]
        change = torch.cat(
            [c for c, r in zip((after - before)[0].split(sizes), roles, strict=True) if r == role]
        )
        moved.append(bool(change.abs().max() > 0))
    assert moved == [False, True]


def test_the_rate_falls_by_ten_at_its_two_shares(dataset):
    """One weight's step of plain descent is as long as the rate is large, while nothing else moves much."""
    dropping = settings.configuration(learning_rate_drop="yes", learning_rate="from 0.01")
    assert dropping.drops == (0.4, 0.8)
    trainer = training.Trainer(dataset, CPU)
    plan = training.Plan(network.Architecture(8, 2), 5)
    steady = settings.configuration(learning_rate="from 0.01")
    sizes = {}
    for configuration in (dropping, steady):
        member = training.Member(configuration, 0)
        state = training.begun(plan, member, CPU)
        until = trainer.steps(plan, configuration.batch_size)
        for step in range(1, until + 1):
            before = state.weights.clone()
            state = trainer.train(plan, [member], state, until=step)
            sizes[configuration.bits, step] = float((state.weights - before).norm())
    ratios = [sizes[dropping.bits, s] / sizes[steady.bits, s] for s in range(1, until + 1)]
    assert np.median(ratios[: int(0.4 * until)]) == pytest.approx(1.0, rel=0.05)
    assert np.median(ratios[int(0.4 * until) + 1 : int(0.8 * until)]) == pytest.approx(0.1, rel=0.3)
    assert np.median(ratios[int(0.8 * until) + 1 :]) == pytest.approx(0.01, rel=0.3)


def bench_of(dataset, folder, minutes=None):
    return bench.TorchBench(SMOKE, dataset, folder, laboratory.Deadline(minutes))


def request(number, bits, parts=9, done=0, *, pauses=False):
    return laboratory.Request("m", 0, number, bits, "final", parts, done, pauses=pauses)


def test_a_promoted_network_goes_on_from_its_checkpoint(dataset, tmp_path):
    bits = settings.HUMAN.bits
    through = list(bench_of(dataset, tmp_path / "a").measure([request(0, bits)]))
    list(bench_of(dataset, tmp_path / "b").measure([request(0, bits, 3, pauses=True)]))
    assert list((tmp_path / "b").iterdir())
    promoted = list(bench_of(dataset, tmp_path / "b").measure([request(0, bits, 9, 3)]))
    assert promoted[0].validation == through[0].validation
    assert not list((tmp_path / "b").iterdir())


def test_a_part_that_is_over_leaves_what_it_began(dataset, tmp_path, monkeypatch):
    bits = settings.HUMAN.bits
    whole = list(bench_of(dataset, tmp_path / "a").measure([request(0, bits)]))
    short = bench_of(dataset, tmp_path / "b", minutes=0)
    with pytest.raises(laboratory.OutOfTime):
        list(short.measure([request(0, bits)]))
    past = iter([False, *[True] * 9])
    monkeypatch.setattr(laboratory.Deadline, "is_past", lambda self: next(past))
    longer = replace(SMOKE, final=scales.Effort(depth=14, epochs=2))
    cut = bench.TorchBench(longer, dataset, tmp_path / "c", laboratory.Deadline(1))
    with pytest.raises(laboratory.OutOfTime):
        list(cut.measure([request(0, bits)]))
    monkeypatch.undo()
    assert len(list((tmp_path / "c").iterdir())) == 1
    again = bench.TorchBench(longer, dataset, tmp_path / "c", laboratory.Deadline(None))
    resumed = list(again.measure([request(0, bits)]))
    fresh = bench.TorchBench(longer, dataset, tmp_path / "d", laboratory.Deadline(None))
    assert resumed[0].validation == next(fresh.measure([request(0, bits)])).validation
    assert whole[0].request == resumed[0].request


@pytest.mark.slow
def test_the_smoke_scale_runs_from_the_stages_to_the_answers(dataset, tmp_path):
    lab = laboratory.Laboratory(SMOKE, 0, tmp_path, bench_of(dataset, tmp_path / "checkpoints"))
    rivals = methods.Rivals(lab)
    for name in ("stages", "harmonica + random", "random search", "hyperband", "spectral"):
        rivals.run(name)
    methods_seen = {o.method for o in laboratory.read(laboratory.records_path(tmp_path, SMOKE, 0))}
    assert methods_seen >= {"stages", "restricted", "hyperband", "random search x2 answer"}
    assert not list((tmp_path / "checkpoints").glob("*.pt"))
