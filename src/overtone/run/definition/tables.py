"""Tables of a study file, checked by models; what is wrong with one becomes one paragraph for a person."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from overtone.errors import StudyFileError, suggestion

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

Model = TypeVar("Model", bound=BaseModel)


class StrictTable(BaseModel):
    """A table whose keys are all known and whose values are of the right kind as they stand."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


def validated(
    model: type[Model], table: dict[str, Any], prefix: str, *, expected: Mapping[str, str]
) -> Model:
    """A table as its model has it.

    Args:
        model: whose fields are the known keys.
        table: as it was read.
        prefix: what stands before a key in a message: "" or the table's name and a dot.
        expected: for each key, prefix included, what is expected there, in the words of a message.

    Raises:
        StudyFileError: naming the key, what was found and what is expected.
    """
    try:
        return model.model_validate(table)
    except ValidationError as error:
        found = error.errors(include_url=False)
        # A misspelt key is also a missing one: the spelling is the cause, so it comes first.
        found.sort(key=lambda detail: detail["type"] != "extra_forbidden")
        raise StudyFileError(_paragraph(found[0], model, prefix, expected)) from None


def _paragraph(
    detail: "ErrorDetails", model: type[BaseModel], prefix: str, expected: Mapping[str, str]
) -> str:
    """One pydantic finding in a person's words."""
    first, *rest = (str(step) for step in detail["loc"])
    key = prefix + first
    known = [*model.model_fields, *(["name"] if prefix == "sampler." else [])]
    match detail["type"]:
        case "extra_forbidden":
            return (
                f"the key {key!r} (= {shown(detail['input'])}) is unknown"
                f"{_where(prefix)}.{suggestion(first, known)} Known are {', '.join(known)}."
            )
        case "missing":
            return f"the key {key!r} is missing. Expected is {expected[key]}."
        case _:
            place = _place_in_list(rest) if first == "command" else ""
            return f"{key}{place} is {shown(detail['input'])}, but {expected[key]} is expected."


def _where(prefix: str) -> str:
    return f" in [{prefix.rstrip('.')}]" if prefix else ""


def _place_in_list(steps: list[str]) -> str:
    return f": word {int(steps[0]) + 1}" if steps and steps[0].isdigit() else ""


def shown(value: object) -> str:
    """A found value as TOML would write it, shortened."""
    text = {True: "true", False: "false"}[value] if isinstance(value, bool) else repr(value)
    return text if len(text) <= 120 else text[:117] + "..."
