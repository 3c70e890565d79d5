"""The docstring of a module as Markdown."""

import re


def docstring_as_markdown(text: str, *, as_list: bool) -> str:
    """Its paragraphs; what is indented is a list of names, or keeps its lines as they are.

    Args:
        text: the docstring.
        as_list: whether each line of what is indented is a name, two spaces and a meaning, which may go on
            in lines that are indented further.
    """
    kept = _names if as_list else _lines
    return "\n\n".join(
        kept(part) if part.startswith(" ") else part for part in text.strip().split("\n\n")
    )


def _lines(part: str) -> str:
    return f"```text\n{_dedented(part)}\n```"


def _names(part: str) -> str:
    joined = re.sub(r"\n {2,}", " ", _dedented(part))
    entries = (re.split(r" +", line, maxsplit=1) for line in joined.split("\n"))
    return "\n\n".join(f"`{name}`\n: {meaning}" for name, meaning in entries)


def _dedented(part: str) -> str:
    depth = len(part) - len(part.lstrip(" "))
    return "\n".join(line[depth:] for line in part.rstrip().split("\n"))
