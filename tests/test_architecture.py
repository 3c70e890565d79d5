"""The shape of the package: what import-linter and ruff cannot see."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import overtone

PACKAGE = Path(overtone.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
DUMPING_GROUNDS = {"utils", "common", "helpers", "core", "base", "manager", "misc"}

UNIX = {"fcntl", "grp", "pty", "pwd", "resource", "syslog", "termios", "tty"}

LONGEST_MODULE = 400
LONGEST_BODY = 40
# Each exception with its reason.
LONGER_MODULES: dict[str, str] = {}
LONGER_BODIES: dict[str, str] = {}


def where(module: Path) -> str:
    return module.relative_to(PACKAGE).as_posix()


@pytest.fixture(scope="module")
def nodes():
    """The parts of every module, which is parsed once for all tests."""
    return {
        module: list(ast.walk(ast.parse(module.read_text(encoding="utf-8")))) for module in MODULES
    }


@pytest.fixture(scope="module")
def long_modules():
    lines = {module: len(module.read_text(encoding="utf-8").splitlines()) for module in MODULES}
    return {where(module): n for module, n in lines.items() if n > LONGEST_MODULE}


@pytest.fixture(scope="module")
def long_bodies(nodes):
    return {
        f"{where(module)}:{function.name}": lines
        for module, found in nodes.items()
        for function, lines in bodies(found)
        if lines > LONGEST_BODY
    }


def test_no_module_is_a_dumping_ground():
    found = {
        where(module)
        for module in MODULES
        if DUMPING_GROUNDS & set(module.relative_to(PACKAGE).with_suffix("").parts)
    }
    assert not found, found


def test_a_module_holds_one_idea(long_modules):
    assert set(long_modules) <= set(LONGER_MODULES), long_modules


def test_a_function_fits_on_a_screen(long_bodies):
    assert set(long_bodies) <= set(LONGER_BODIES), long_bodies


def test_no_exception_has_outlived_its_reason(long_modules, long_bodies):
    assert set(LONGER_MODULES) <= set(long_modules)
    assert set(LONGER_BODIES) <= set(long_bodies)


def bodies(nodes: list[ast.AST]) -> list[tuple[ast.FunctionDef | ast.AsyncFunctionDef, int]]:
    """Every function of a module with the number of lines of its body, docstring left out."""
    found = []
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            found.append((node, body[-1].end_lineno - body[0].lineno + 1 if body else 0))
    return found


def test_only_the_lock_imports_what_exists_on_unix_alone(nodes):
    imported = {
        where(module): UNIX
        & {name.partition(".")[0] for node in found for name in imports_of(node)}
        for module, found in nodes.items()
    }
    found = {module: names for module, names in imported.items() if names}
    assert set(found) <= {"run/records/lock.py"}, found


def imports_of(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module] if isinstance(node, ast.ImportFrom) and node.module else []


def test_importing_the_package_imports_nothing_heavy():
    heavy = ["numba", "numpy", "optuna", "pydantic", "rich", "scipy", "sklearn", "typer"]
    program = f"import sys, overtone; print([name for name in {heavy} if name in sys.modules])"
    printed = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    assert printed.strip() == "[]"


@pytest.mark.parametrize("name", overtone.__all__)
def test_every_public_name_can_be_imported(name):
    public = getattr(overtone, name)
    assert public.__name__ == name
    assert name in dir(overtone)


def test_the_names_that_types_see_are_the_names_that_exist():
    """The lazy imports are written twice, once for people and once for type checkers."""
    face = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8"))
    for_types = {
        alias.name: node.module
        for node in ast.walk(face)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("overtone.")
        for alias in node.names
    }
    assert for_types == overtone._HOME
    assert sorted(for_types) == overtone.__all__


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="'overtone' has no attribute 'tuen'"):
        overtone.tuen()


def test_the_package_says_that_it_is_typed():
    assert (PACKAGE / "py.typed").exists()
