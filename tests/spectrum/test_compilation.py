"""Whoever waits for compiled loops is told so, and nobody else."""

import logging
import os
import sys

import numba
import numpy as np
import pytest

from overtone.spectrum import compilation
from overtone.spectrum.basis import binary_basis
from overtone.spectrum.compilation import announce, is_compiled
from overtone.spectrum.lasso.group import sweeps
from overtone.spectrum.lasso.homotopy import walk
from overtone.spectrum.lasso.path import proved_path
from overtone.spectrum.lasso.screening import fill
from overtone.spectrum.lasso.working_set import WorkingSet
from overtone.spectrum.scan.blocked import BlockedScanner
from overtone.spectrum.scan.fastest import available_instructions, scanner_for
from overtone.spectrum.scan.loops import scan_part, sort
from overtone.spectrum.scan.packing import pack


def signs():
    return np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0]])


def test_a_path_says_that_it_compiles(monkeypatch, caplog):
    monkeypatch.setattr(compilation, "is_compiled", lambda _: False)
    scanner = BlockedScanner(binary_basis(2).atoms, signs(), np.ones(2))
    with caplog.at_level(logging.INFO, logger="overtone"):
        proved_path(scanner, np.array([0.0, 1.0, 3.0]))
    assert caplog.messages == [
        "Compiling the Lasso's path: some seconds, once after an installation."
    ]


@pytest.mark.skipif(not available_instructions(), reason="no kernel to compile")
def test_a_scan_says_that_it_compiles(monkeypatch, caplog):
    monkeypatch.setattr(compilation, "is_compiled", lambda _: False)
    monkeypatch.setenv("OVERTONE_KERNEL", available_instructions()[0].name)
    with caplog.at_level(logging.INFO, logger="overtone"):
        scanner_for(binary_basis(2).atoms, signs(), np.ones(2))
    assert caplog.messages == [
        "Compiling the scan for this processor: some seconds, once after an installation."
    ]


@pytest.fixture
def module(tmp_path, monkeypatch):
    """A module with one compiled function, imported from a file."""
    (tmp_path / "doubling.py").write_text(
        "import numba\n\n@numba.njit(cache=True)\ndef double(x):\n    return 2 * x\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(numba.config, "CACHE_DIR", "")
    yield __import__("doubling")
    del sys.modules["doubling"]


def test_a_function_is_compiled_once_it_was_called(module, caplog):
    assert not is_compiled(module.double)
    with caplog.at_level(logging.INFO, logger="overtone"):
        announce("doubling", [module.double])
    assert caplog.messages == ["Compiling doubling: some seconds, once after an installation."]
    module.double(1)
    caplog.clear()
    with caplog.at_level(logging.INFO, logger="overtone"):
        announce("doubling", [module.double])
    assert caplog.messages == []


def test_what_was_compiled_from_an_older_source_does_not_count(module, tmp_path):
    module.double(1)
    del sys.modules["doubling"]
    fresh = __import__("doubling")
    assert is_compiled(fresh.double)
    source = tmp_path / "doubling.py"
    source.write_text(source.read_text().replace("2 * x", "x + x + 0 * x"))
    later = source.stat().st_mtime + 1000
    os.utime(source, (later, later))
    del sys.modules["doubling"]
    assert not is_compiled(__import__("doubling").double)


@pytest.mark.skipif(not available_instructions(), reason="no kernel to compile")
def test_after_a_fit_the_loops_of_a_fit_are_ready(monkeypatch):
    monkeypatch.setenv("OVERTONE_KERNEL", available_instructions()[0].name)
    rng = np.random.default_rng(0)
    y = rng.normal(size=20)
    y -= y.mean()
    scanner = scanner_for(binary_basis(4).atoms, rng.choice([-1.0, 1.0], (20, 4)), np.ones(2))
    proved_path(scanner, y)
    WorkingSet(scanner, y).fit(0.1)
    assert all(map(is_compiled, (pack, scan_part, sort, walk, fill, sweeps)))
