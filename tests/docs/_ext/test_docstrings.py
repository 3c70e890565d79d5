"""A docstring stands in the reference as its author laid it out."""

from docs._ext.docstrings import docstring_as_markdown

TEXT = """What there is.

    first    {a, b}; null if there is none
    second   [{c}]: the best
               come first

`a` is a number.
"""


def test_names_become_a_list_with_their_whole_meaning():
    assert docstring_as_markdown(TEXT, as_list=True) == (
        "What there is.\n\n`first`\n: {a, b}; null if there is none\n\n"
        "`second`\n: [{c}]: the best come first\n\n`a` is a number."
    )


def test_otherwise_lines_stay_as_they_are():
    assert "```text\nfirst    {a, b}; null if there is none\nsecond " in docstring_as_markdown(
        TEXT, as_list=False
    )
