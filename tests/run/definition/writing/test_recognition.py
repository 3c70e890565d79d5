"""Settings are found in commands as people type them."""

import pytest

from overtone.run.definition.writing.recognition import candidates
from overtone.run.definition.writing.setting_text import values_text
from overtone.run.definition.writing.shell_words import shell_text


def found(source):
    """Name and values of what is offered, or the reason why not."""
    return {
        c.name: values_text(c.offer.setting.parameter) if c.offer.setting else c.offer.reason
        for c in candidates(shell_text(source))
    }


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("python t.py --lr=0.1", {"lr": "0.01..1 log"}),
        ("python t.py --lr 0.1 -n 3", {"lr": "0.01..1 log", "n": "1..12"}),
        ("python t.py --learning-rate=0.1", {"learning_rate": "0.01..1 log"}),
        ("python t.py lr=0.1 model.width=64", {"lr": "0.01..1 log", "model_width": "16..256 log"}),
        ("prog -lr 0.1 --shift -0.5", {"lr": "0.01..1 log", "shift": "-1.0..0"}),
        ("./run.sh SIZE=64 -j4", {"SIZE": "16..256 log", "j": "1..16 log"}),
        ("OMP_NUM_THREADS=4 ./run", {"OMP_NUM_THREADS": "1..16 log"}),
        ("gcc -O2 a.c", {"O": "0..3"}),
        ("gcc -Os a.c", {"O": "2,3,s"}),
        ("gcc -fno-inline -funroll-loops -mavx2 -DTILE=32 a.c", {
            "inline": "-finline,-fno-inline",
            "unroll_loops": "-funroll-loops,-fno-unroll-loops",
            "avx2": "-mavx2,-mno-avx2",
            "TILE": "8..128 log",
        }),
        ("clang-17 --param max-x=8 -fopenmp -Wall -o out a.c", {"max_x": "2..32 log"}),
        ("tar -fstuff", {}),
        ("./time.sh -O2 -funroll-loops", {
            "O": "0..3", "unroll_loops": "-funroll-loops,-fno-unroll-loops",
        }),
        ("prog --cache", {"cache": "false,true"}),
        ("prog --lr 0.1 --lr 0.2", {"lr": "0.01..1 log", "lr_2": "0.01..10 log"}),
        ("prog --trial-dir 3", {"trial_dir_value": "1..12"}),
        ("prog > out.txt", {}),
    ],
)  # fmt: skip
def test_settings_are_found(source, expected):
    assert found(source) == expected


@pytest.mark.parametrize(
    ("source", "name", "reason"),
    [
        ("prog --mode fast", "mode", "not known"),
        ("prog --data x/y.csv", "data", "not known"),
        ("prog --seed 3", "seed", "seed"),
        ("prog --verbose", "verbose", "loudly"),
        ("prog {width}", "width", "not known"),
        ("prog --cache && true", "cache", "cannot be left out"),
    ],
)
def test_what_is_no_setting_is_there_with_its_reason(source, name, reason):
    assert reason in found(source)[name]


def test_what_a_shell_expands_is_no_setting():
    assert found("prog --lr=$LR --n '3' \"--k=2\" && true") == {}
    assert found("prog --n '3' \"--k=2\"") == {"n": "1..12", "k": "1..8"}


def test_a_place_in_braces_is_one_setting_however_often_it_stands_there():
    assert list(found("prog --size {w}x{h} {w} {study_dir}")) == ["w", "h"]
