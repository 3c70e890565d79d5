"""Directives that make the reference from the source, so that it cannot be out of date."""

import inspect
from dataclasses import is_dataclass
from importlib import import_module
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from commands import pages_of
from docstrings import docstring_as_markdown
from keys import keys_as_markdown, words_as_markdown


class _FromSource(SphinxDirective):
    """A directive that parses Markdown which it has read off the source."""

    def read(self, markdown: str, into: nodes.Element) -> None:
        lines = StringList(markdown.splitlines(), self.get_source_info()[0])
        self.state.nested_parse(lines, self.content_offset, into)


class Keys(_FromSource):
    """`{keys} MODULE.MODEL` and the option `table`: the keys of a table of the study file."""

    required_arguments = 1
    option_spec: ClassVar = {"table": str}

    def run(self) -> list[nodes.Node]:
        module, _, name = self.arguments[0].rpartition(".")
        model = getattr(import_module(module), name)
        found = nodes.container()
        self.read(keys_as_markdown(model, self.options.get("table", "")), found)
        return found.children


class Commands(_FromSource):
    """`{commands} MODULE`: a section for every command of its `app`."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        sections: list[nodes.Node] = []
        for page in pages_of(import_module(self.arguments[0]).app):
            title = f"overtone {page.name}"
            section = nodes.section(ids=[nodes.make_id(title)], names=[title])
            section += nodes.title(title, title)
            self.state.document.note_explicit_target(section)
            self.read(page.markdown, section)
            sections.append(section)
        return sections


class Docstring(_FromSource):
    """`{docstring} MODULE` and the flag `list`: its text, of which what is indented is a list of names."""

    required_arguments = 1
    option_spec: ClassVar = {"list": directives.flag}

    def run(self) -> list[nodes.Node]:
        text = inspect.getdoc(import_module(self.arguments[0])) or ""
        found = nodes.container()
        self.read(docstring_as_markdown(text, as_list="list" in self.options), found)
        return found.children


class Placeholders(_FromSource):
    """`{placeholders} MODULE.MAPPING`: the words of a command and what they stand for."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        module, _, name = self.arguments[0].rpartition(".")
        meanings = getattr(import_module(module), name)
        found = nodes.container()
        self.read(words_as_markdown(meanings), found)
        return found.children


class Records(_FromSource):
    """`{records} MODULE`: every record that it defines."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        module = import_module(self.arguments[0])
        names = [
            f".. autoclass:: {module.__name__}.{name}"
            for name, value in vars(module).items()
            if inspect.isclass(value)
            and is_dataclass(value)
            and value.__module__ == module.__name__
        ]
        found = nodes.container()
        self.read("\n".join(["```{eval-rst}", *names, "```"]), found)
        return found.children


def setup(app: Sphinx) -> dict[str, bool]:
    """Make the directives known."""
    app.add_directive("keys", Keys)
    app.add_directive("commands", Commands)
    app.add_directive("docstring", Docstring)
    app.add_directive("placeholders", Placeholders)
    app.add_directive("records", Records)
    return {"parallel_read_safe": True}
