"""The keys of a table of the study file as Markdown, read off its model."""

import json
import types
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

# What a person calls a type of TOML.
KINDS = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    dict: "table",
    list: "list",
}


def keys_as_markdown(model: type[BaseModel], table: str = "") -> str:
    """A definition list: each key with its kind and default, its meaning and an example.

    Args:
        model: whose fields are the keys.
        table: the name of the table that holds them; empty for the head of the file.
    """
    return "\n".join(_entry(name, field, table) for name, field in model.model_fields.items())


def words_as_markdown(meanings: Mapping[str, str]) -> str:
    """A table: each placeholder of a command and what it stands for."""
    rows = [f"| `{{{word}}}` | {meaning} |" for word, meaning in meanings.items()]
    return "\n".join(["| | |", "|---|---|", *rows])


def _entry(name: str, field: FieldInfo, table: str) -> str:
    if not field.description or not field.examples:
        raise ValueError(f"The key {name!r} of [{table}] has no description or no example.")
    limits = "".join(f", {limit}" for limit in _limits(field))
    lines = [
        f"`{name}`",
        f": *{kind_of(field.annotation)}{limits}; {_default(field)}*",
        "",
        f"  {field.description}",
        "",
        "  ```toml",
        *(f"  {line}" for line in _example(name, field.examples[0], table)),
        "  ```",
        "",
    ]
    return "\n".join(lines)


def kind_of(annotation: Any) -> str:
    """The kind of value that a type allows, in the words of a person who writes TOML."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return kind_of(arguments[0])
    if origin is Literal:
        return " or ".join(f"`{toml(value)}`" for value in arguments)
    if _is_union(annotation):
        kinds = [kind_of(part) for part in arguments if part is not type(None)]
        return ", or ".join(dict.fromkeys(kinds))
    if origin is list:
        parts = get_args(arguments[0]) if _is_union(arguments[0]) else arguments
        return "list of " + " or of ".join(_plural(kind_of(part)) for part in parts)
    return KINDS[origin or annotation]


def toml(value: object) -> str:
    """A value as TOML writes it on one line."""
    match value:
        case bool():
            return "true" if value else "false"
        case dict():
            return "{ " + ", ".join(f"{key} = {toml(inner)}" for key, inner in value.items()) + " }"
        case list():
            return "[" + ", ".join(toml(inner) for inner in value) + "]"
        case str():
            return json.dumps(value, ensure_ascii=False)
        case _:
            return repr(value)


def _is_union(annotation: Any) -> bool:
    return get_origin(annotation) in (Union, types.UnionType)


def _plural(kind: str) -> str:
    first, space, rest = kind.partition(" ")
    return f"{first}s{space}{rest}"


def _limits(field: FieldInfo) -> Iterator[str]:
    """The bounds of a number, wherever pydantic keeps them."""
    metadata = list(field.metadata)
    for part in (field.annotation, *get_args(field.annotation)):
        if get_origin(part) is Annotated:
            for extra in get_args(part)[1:]:
                metadata.extend(getattr(extra, "metadata", [extra]))
    words = {"ge": "from {} on", "gt": "above {}", "le": "up to {}", "lt": "below {}"}
    for word, text in words.items():
        for item in metadata:
            if getattr(item, word, None) is not None:
                yield text.format(getattr(item, word))


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    default = field.get_default(call_default_factory=True)
    return "may be left out" if default is None or default == {} else f"default `{toml(default)}`"


def _example(name: str, example: object, table: str) -> Iterator[str]:
    if table:
        yield f"[{table}]"
    if isinstance(example, dict) and not table:
        yield f"[{name}]"
        for key, value in example.items():
            yield f"{key} = {toml(value)}"
    else:
        yield f"{name} = {toml(example)}"
