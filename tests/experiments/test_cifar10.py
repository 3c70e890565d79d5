"""The CIFAR-10 experiment without torch: its settings, archives, records, rivals and page."""

import gzip
import io
import json
import pickle
import tarfile
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from experiments.cifar10 import data, laboratory, methods, report, scales, seeds, settings

SMOKE = scales.SCALES["smoke"]


class Pretended:
    """A bench whose errors follow from the bits: batch norm halves them, a good rate helps with it."""

    def __init__(self, at_most=None):
        self.trained = []
        self.at_most = at_most

    def measure(self, requests):
        for request in requests:
            if len(self.trained) == self.at_most:
                raise laboratory.OutOfTime
            self.trained.append(request)
            noise = zlib.crc32(f"{request.name}{request.parts}".encode()) / 2**32
            yield laboratory.Measured(request, true_error(request.bits) + noise, 50.0, 1.0)

    def forget(self, method, seed):
        pass


def true_error(bits):
    configuration = settings.Configuration(bits)
    error = 90.0 - 30.0 * configuration.on("batch norm")
    return error - 20.0 * configuration.on("optimiser") * configuration.on("momentum")


def rivals(folder, bench, scale=SMOKE, seed=0):
    return methods.Rivals(laboratory.Laboratory(scale, seed, folder, bench))


ESSENTIAL = ("stages", "harmonica + random", "random search", "harmonica 1", "hyperband")


def run(folder, bench, names=ESSENTIAL, scale=SMOKE):
    these = rivals(folder, bench, scale)
    for name in names:
        these.run(name)


def test_there_are_38_real_settings_and_22_dummies_with_different_names():
    assert (len(settings.REAL), len(settings.DUMMIES)) == (38, 22)
    assert len(set(settings.NAMES)) == 60


def test_each_nested_setting_names_an_option_of_a_setting_before_it():
    for place, setting in enumerate(settings.SETTINGS):
        if setting.under:
            name, option = setting.under
            parent = settings.NAMES.index(name)
            assert parent < place
            assert option in settings.SETTINGS[parent].options


def test_the_three_bits_of_the_learning_rate_give_the_papers_eight_values():
    names = ("learning rate", "learning rate detail 1", "learning rate detail 2")
    places = [settings.NAMES.index(name) for name in names]
    rates = []
    for code in range(8):
        bits = ["0"] * 60
        for k, place in enumerate(places):
            bits[place] = str(code >> (2 - k) & 1)
        rates.append(settings.Configuration("".join(bits)).learning_rate)
    assert rates == pytest.approx([1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3])


def test_a_nested_setting_acts_only_under_its_parent():
    alone = settings.configuration(other_activation="tanh")
    assert alone.on("other activation")
    assert not alone.acts("other activation")
    assert settings.configuration(activation="other", other_activation="tanh").acts(
        "other activation"
    )


def test_the_human_recipe_is_the_usual_one():
    human = settings.HUMAN
    assert human.option("optimiser") == "SGD"
    assert human.learning_rate == pytest.approx(0.1)
    assert (human.momentum, human.weight_decay, human.batch_size) == (0.9, 1e-4, 128)


@pytest.mark.parametrize("bits", ["01", "2" * 60])
def test_bits_of_another_form_are_refused(bits):
    with pytest.raises(ValueError, match="is no configuration: 60 characters 0 or 1"):
        settings.Configuration(bits)


def standard_archive(path, images, labels):
    """The published form, with its pixels in planes and its batches as pickles."""
    rows = images.transpose(0, 3, 1, 2).reshape(len(images), -1)
    with tarfile.open(path, "w:gz") as files:
        for name, part in (("data_batch_1", slice(0, 6)), ("data_batch_2", slice(6, 12))):
            _add(files, name, {b"data": rows[part], b"labels": labels[part].tolist()})
        _add(files, "test_batch", {b"data": rows[12:], b"labels": labels[12:].tolist()})
    return path


def _add(files, name, batch):
    content = pickle.dumps(batch, protocol=2)
    member = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
    member.size = len(content)
    files.addfile(member, io.BytesIO(content))


def pictures(n=18):
    """Images whose mean brightness is ten times their class."""
    labels = np.arange(n) % 10
    images = np.broadcast_to(10 * labels[:, None, None, None], (n, 32, 32, 3)).astype(np.uint8)
    return images.copy(), labels


def jpeg_archive(path, images, labels):
    image = pytest.importorskip("PIL.Image")
    jpegs = []
    for pixels in images:
        stream = io.BytesIO()
        image.fromarray(pixels).save(stream, "JPEG", quality=95)
        jpegs.append(stream.getvalue())
    with tarfile.open(path, "w:gz") as files:
        for name, part in (("train", slice(0, 12)), ("test", slice(12, None))):
            stream = io.BytesIO()
            blob = np.frombuffer(b"".join(jpegs[part]), np.uint8)
            lengths = [len(jpeg) for jpeg in jpegs[part]]
            np.savez(stream, blob=blob, lens=np.array(lengths, np.int32), y=labels[part])
            member = tarfile.TarInfo(f"images/cifar10_{name}.npz")
            member.size = stream.tell()
            stream.seek(0)
            files.addfile(member, stream)
    return path


SIZES = data.Sizes(training=8, validation=4, test=6, crop=16, shrink=4)


@pytest.mark.parametrize("archive", [standard_archive, jpeg_archive])
def test_both_archives_keep_images_and_classes_together(archive, tmp_path):
    dataset = data.load(archive(tmp_path / "images.tar.gz", *pictures()), SIZES)
    assert dataset.side == 4
    seen = np.concatenate([dataset.training[0], dataset.validation[0]]).mean(axis=(1, 2, 3))
    classes = np.concatenate([dataset.training[1], dataset.validation[1]])
    assert sorted(classes) == sorted(pictures()[1][:12])
    assert np.corrcoef(seen, classes)[0, 1] == pytest.approx(1.0, abs=1e-3)
    assert dataset.training[0].mean() == pytest.approx(0.0, abs=1e-5)
    assert sorted(dataset.test[1]) == sorted(pictures()[1][12:])


def test_an_archive_of_something_else_is_refused_by_its_content(tmp_path):
    path = tmp_path / "other.tar.gz"
    with tarfile.open(path, "w:gz") as files:
        files.addfile(tarfile.TarInfo("README"))
    with pytest.raises(ValueError, match="holds README, but data_batch_1"):
        data.load(path, SIZES)


def test_an_archive_with_too_few_images_says_how_many_it_has(tmp_path):
    archive = standard_archive(tmp_path / "images.tar.gz", *pictures())
    with pytest.raises(
        ValueError, match="wants 20 images of the train part, but the archive has 12"
    ):
        data.load(archive, data.Sizes(training=18, validation=2, test=1))


class Command:
    def __reduce__(self):
        return print, ("a program ran",)


def test_an_archive_cannot_run_a_program(tmp_path, capsys):
    path = tmp_path / "images.tar.gz"
    with tarfile.open(path, "w:gz") as files:
        _add(files, "data_batch_1", {b"data": Command()})
    with pytest.raises(pickle.UnpicklingError, match="print has no place"):
        data.load(path, SIZES)
    assert capsys.readouterr().out == ""


@pytest.mark.slow
def test_a_killed_run_goes_on_and_repeats_nothing(tmp_path):
    whole = Pretended()
    run(tmp_path / "whole", whole)
    trained = []
    while True:
        bench = Pretended(at_most=37)
        try:
            run(tmp_path / "parts", bench)
        except laboratory.OutOfTime:
            trained += bench.trained
            continue
        trained += bench.trained
        break
    assert [r.key for r in trained] == [r.key for r in whole.trained]
    assert [r.bits for r in trained] == [r.bits for r in whole.trained]
    assert len({r.key for r in trained}) == len(trained)


def test_a_method_whose_answer_is_trained_is_not_replayed(tmp_path, monkeypatch):
    """A Gaussian process takes minutes to propose again what the records hold already."""
    run(tmp_path, Pretended(), ["tpe"])
    monkeypatch.setattr(methods.optuna, "create_study", None)
    bench = Pretended()
    run(tmp_path, bench, ["tpe"])
    assert not bench.trained
    with pytest.raises(TypeError):
        run(tmp_path, bench, ["gp"])


def test_a_line_that_was_cut_off_by_a_kill_is_trained_again(tmp_path):
    run(tmp_path, Pretended(), ["random search"])
    path = laboratory.records_path(tmp_path, SMOKE, 0)
    path.write_text(path.read_text()[:-20])
    bench = Pretended()
    run(tmp_path, bench, ["random search"])
    assert len(bench.trained) == 1
    assert all(json.loads(line) for line in path.read_text().splitlines())


def test_records_of_another_version_are_an_error(tmp_path):
    run(tmp_path, Pretended(), ["random search"])
    path = laboratory.records_path(tmp_path, SMOKE, 0)
    line = json.loads(path.read_text().splitlines()[0])
    line["bits"] = "".join("10"[int(bit)] for bit in line["bits"])
    path.write_text(json.dumps(line) + "\n")
    with pytest.raises(ValueError, match="has other settings for 'random search' number 0"):
        run(tmp_path, Pretended(), ["random search"])


def cost(bench, *names):
    return sum(SMOKE.cost(r.fidelity, r.parts - r.done) for r in bench.trained if r.method in names)


def test_methods_cost_what_they_may(tmp_path):
    bench = Pretended()
    run(tmp_path, bench, [*ESSENTIAL, "tpe"])
    a_training = SMOKE.cost("final")
    for names in (("stages", "harmonica + random"), ("stages", "harmonica 1"), ("tpe",)):
        assert abs(cost(bench, *names) - SMOKE.budget) <= 2 * a_training * SMOKE.abreast, names
    assert abs(cost(bench, "random search") - 2 * SMOKE.budget) <= 2 * a_training


def test_hyperband_promotes_the_best_and_pays_only_for_what_is_added(tmp_path):
    bench = Pretended()
    run(tmp_path, bench, ["hyperband"], replace(SMOKE, abreast=1))
    asked = [r for r in bench.trained if r.method == "hyperband"]
    assert [r.parts for r in asked[:13]] == [1] * 9 + [3] * 3 + [9]
    assert [r.done for r in asked[:13]] == [0] * 9 + [1] * 3 + [3]
    values = {r.number: m.validation for m, r in _measured(asked[:9])}
    assert {r.number for r in asked[9:12]} == set(sorted(values, key=values.get)[:3])
    assert [r.pauses for r in asked[:13]] == [True] * 12 + [False]


def _measured(requests):
    return [(next(Pretended().measure([r])), r) for r in requests]


LARGER = replace(SMOKE, samples=100, points=20)


@pytest.mark.slow
def test_stages_find_what_matters_and_leave_better_points(tmp_path):
    """The pretended error depends on batch norm alone and on the product of two settings."""
    run(tmp_path, Pretended(), ["stages", "harmonica + random"], LARGER)
    (seed,) = seeds.seeds_in(tmp_path, LARGER)
    first = seed.stages[0]["terms"]
    assert first[0][0] == ["batch norm"]
    assert first[0][1] == pytest.approx(-15.0, abs=2.0)
    assert seed.pinned() >= {"batch norm", "optimiser", "momentum"}
    means = [mean for mean, _, _ in seed.means(LARGER)]
    assert means[0] > means[-1] + 20


@pytest.mark.slow
def test_the_page_counts_pinned_dummies_and_sets_the_paper_beside_each_figure(tmp_path):
    run(tmp_path / "records", Pretended(), scale=LARGER)
    stages = tmp_path / "records" / "smoke-0-stages.json"
    found = json.loads(stages.read_text())
    found[0]["alternatives"][0]["dummy 3"] = [1, 1]
    stages.write_text(json.dumps(found))
    page = report.write_page(LARGER, tmp_path / "records", tmp_path).read_text()
    assert "Dummies pinned over all 1 runs: 1 of 22 a run." in page
    assert "| hyperband | 50.00 | 50.00 |" in page
    assert "| 8.71 to 10.09 | 17.3 |" in page
    assert "| gp | not run |" in page
    assert "| Nesterov | no / yes | momentum: yes | Optnet |" in page


def test_a_scale_without_records_is_said_to_be_unrun(tmp_path):
    gpu = scales.SCALES["gpu"]
    page = report.write_page(gpu, tmp_path / "records", tmp_path).read_text()
    assert "Not run yet" in page


def test_the_committed_records_make_the_committed_page(tmp_path):
    """Of compressed records, and but for the pictures."""
    folder = Path(report.__file__).parent
    page = report.write_page(scales.SCALES["cpu"], folder / "records", tmp_path)
    committed = (folder / page.name).read_text(encoding="utf-8").splitlines()
    made = page.read_text(encoding="utf-8").splitlines()
    assert sum(line.startswith("|") for line in made) > 20
    assert [line for line in made if line.startswith("|") and line not in committed] == []


def test_lines_go_on_behind_what_was_put_away(tmp_path):
    run(tmp_path, Pretended())
    path = laboratory.records_path(tmp_path, SMOKE, 0)
    known = laboratory.read(path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(b"".join(lines[:5])))
    path.write_bytes(b"".join(lines[5:]))
    assert laboratory.read(path) == known
    assert laboratory.recorded_seeds(tmp_path, SMOKE) == [0]
