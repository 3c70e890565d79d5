"""Everything is in its room: tests beside what they test, private names at home."""

import ast
from pathlib import Path

import overtone

PACKAGE = Path(overtone.__file__).parent
ROOT = Path(__file__).parents[1]
FLOORS = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()}
# Tests of a whole room, each with the reason why it is no module's own.
OF_A_ROOM = {
    "space/test_space.py": "the laws of coding hold for parameters, cells and spaces together",
    "cli/test_served_page.py": "the page, its server and a tuner together, in a real browser",
    "report/page/test_browser.py": "the whole page, in a real browser",
    "report/test_sentences.py": "every claim of a whole report, against functions that are known",
    "study/test_conformance.py": "Optuna's own tests, for both samplers",
    "study/test_left_out.py": "one kind of fault, through both samplers, explanations and tuning",
    "study/test_sampler_laws.py": "what holds of both samplers",
}


def private_imports(path: Path) -> list[tuple[str, str]]:
    """The private names that a file takes from the package, each with its module."""
    return [
        (node.module, alias.name)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("overtone")
        for alias in node.names
        if alias.name.startswith("_") and not alias.name.startswith("__")
    ]


def test_no_module_takes_the_private_name_of_another():
    assert {
        path.relative_to(PACKAGE).as_posix(): names
        for path in PACKAGE.rglob("*.py")
        if (names := private_imports(path))
    } == {}


def test_a_private_name_is_tested_beside_its_module_and_used_nowhere_else():
    for folder in ("tests", "benchmarks", "experiments", "examples"):
        for path in (ROOT / folder).rglob("*.py"):
            beside = path.relative_to(ROOT / folder).with_suffix("").parts
            own = ".".join(("overtone", *beside[:-1], beside[-1].removeprefix("test_")))
            assert all(module == own for module, _ in private_imports(path)), path


def test_tests_stand_where_what_they_test_does():
    lost = []
    for floor in sorted(FLOORS):
        for path in (ROOT / "tests" / floor).rglob("test_*.py"):
            place = path.relative_to(ROOT / "tests")
            module = PACKAGE / place.with_name(place.name.removeprefix("test_"))
            if not module.exists() and place.as_posix() not in OF_A_ROOM:
                lost.append(place.as_posix())
    assert lost == []


def test_no_exception_has_outlived_its_reason():
    assert [place for place in OF_A_ROOM if not (ROOT / "tests" / place).exists()] == []
