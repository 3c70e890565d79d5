"""What a Python script says of its argparse options without being run: its calls, and its plain values."""

import ast
from pathlib import Path
from typing import Any, Final

from overtone.errors import StudyFileError

UNKNOWN: Final = object()


def script_source(path: Path) -> "ScriptSource":
    """The source of a Python script.

    Raises:
        StudyFileError: if the file cannot be read as Python.
    """
    return ScriptSource(_tree(path))


class ScriptSource:
    """A script: its calls of add_argument, its constants, and what its names stand for.

    Attributes:
        calls: of add_argument, in the order of the lines.
    """

    def __init__(self, tree: ast.Module) -> None:
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        calls.sort(key=lambda call: (call.lineno, call.col_offset))
        self.calls = [call for call in calls if method_of(call) == "add_argument"]
        self._constants = _constants(tree)
        self._makers = _makers(tree)
        self._defaults: dict[str, ast.expr] = {}
        for call in calls:
            if method_of(call) == "set_defaults":
                self._defaults |= {k.arg: k.value for k in call.keywords if k.arg is not None}

    def default_of(self, dest: str, given: ast.expr | None) -> ast.expr | None:
        """The default of an option: `set_defaults` decides over its own."""
        return self._defaults.get(dest, given)

    def maker_of(self, call: ast.Call) -> str:
        """The method that made the parser or group of a call: `add_parser`, or nothing if it is not known."""
        owner = call.func.value if isinstance(call.func, ast.Attribute) else None
        if isinstance(owner, ast.Call):
            return method_of(owner)
        return self._makers.get(owner.id, "") if isinstance(owner, ast.Name) else ""

    def value(self, node: ast.expr | None) -> Any:
        """What an expression is, if that is plain without running it; UNKNOWN otherwise."""
        match node:
            case None:
                return None
            case ast.Name(id=name) if name in self._constants:
                return self._constants[name]
            case ast.Call(func=ast.Name(id="range"), args=bounds, keywords=[]):
                ends = [self.value(bound) for bound in bounds]
                is_plain = all(isinstance(end, int) for end in ends) and 1 <= len(ends) <= 3
                return list(range(*ends)) if is_plain and 0 not in ends[2:] else UNKNOWN
            case ast.Call(func=ast.Name(id="list" | "tuple" | "sorted"), args=[inner], keywords=[]):
                found = self.value(inner)
                return list(found) if isinstance(found, list | tuple | dict) else UNKNOWN
        try:
            return ast.literal_eval(node)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            return UNKNOWN


def _constants(tree: ast.Module) -> dict[str, Any]:
    """The names of the module that are given a plain value once."""
    found: dict[str, Any] = {}
    seen: set[str] = set()
    for node in ast.walk(tree):
        targets = node.targets if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.AnnAssign | ast.AugAssign | ast.For):
            targets = [node.target]
        for target in targets:
            if not isinstance(target, ast.Name):
                continue
            again, value = target.id in seen, getattr(node, "value", None)
            seen.add(target.id)
            found.pop(target.id, None)
            if not again and value is not None and isinstance(node, ast.Assign | ast.AnnAssign):
                try:
                    found[target.id] = ast.literal_eval(value)
                except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
                    continue
    return found


def _makers(tree: ast.Module) -> dict[str, str]:
    """For each name that stands for the answer of a method, that method."""
    return {
        target.id: method_of(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def method_of(call: ast.Call) -> str:
    """The name of the method that is called; nothing if it is no method."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _tree(path: Path) -> ast.Module:
    try:
        return ast.parse(path.read_bytes(), filename=str(path))
    except OSError as error:
        raise StudyFileError(
            f"{path}: the script cannot be read: {error.strerror}. Give the path of a Python script."
        ) from None
    except (SyntaxError, ValueError) as error:
        line = f" in line {error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
        raise StudyFileError(f"{path}: this is not Python{line}: {error}.") from None
    except RecursionError:
        raise StudyFileError(f"{path}: its expressions are nested too deeply.") from None
