"""The keys of a study file: the kind, the default, the meaning and an example of each.

The reference of the documentation is made of this. `[sampler]` is in `sampler_table`, and the parameters of
`[space]` are in `overtone.space.table`.
"""

from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import Field

from overtone.run.definition.sampler_table import EXPECTED as EXPECTED_OF_SAMPLER
from overtone.run.definition.tables import StrictTable
from overtone.search.repeats import Repeats

Direction: TypeAlias = Literal["minimize", "maximize"]

METRIC_PATTERN: Final = r"^[^\s:=]([^\r\n:=]*[^\s:=])?$"


class StudyTable(StrictTable):
    """The keys at the head of a study file, and its tables."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$")] = Field(
        description="What the study is called. Everything that running it writes lies in "
        "`.overtone/NAME` beside the study file.",
        examples=["digits"],
    )
    command: list[str | list[str] | dict[str, Any]] = Field(
        description="The program and its arguments, as a list and never through a shell. `{lr}` stands "
        "for the value of the setting `lr`. An argument whose setting is inactive is left out, and a list "
        "inside the list is left out as a whole. A flag that is there or not is a table with its `words` "
        "and `when` they are there.",
        examples=[
            ["python", "{study_dir}/train.py", "--lr={lr}", ["--momentum", "{momentum}"]],
            ["gzip", {"words": ["--rsyncable"], "when": {"rsyncable": True}}, "{study_dir}/data"],
        ],
    )
    metric: Annotated[str, Field(pattern=METRIC_PATTERN)] = Field(
        description="The name of the value to improve. The command prints it, as `accuracy = 0.93` or "
        '`accuracy: 0.93`, or appends the line `{"accuracy": 0.93}` to the file that the environment '
        "variable `OVERTONE_RESULTS` names. The last one counts.",
        examples=["accuracy"],
    )
    direction: Direction = Field(
        description="Whether smaller or larger values of the metric are better.",
        examples=["maximize"],
    )
    trials: Annotated[int, Field(ge=1)] = Field(
        description="How many trials the study is to have in all, failed ones included. Raise it to go on "
        "with a finished study.",
        examples=[200],
    )
    parallel: Annotated[int, Field(ge=1)] = Field(
        default=1, description="How many commands run at the same time.", examples=[4]
    )
    timeout: Annotated[float, Field(gt=0)] | None = Field(
        default=None,
        description="The seconds that a run of the command may take. One that takes longer is ended and is "
        "a failed trial. Left out, there is no limit.",
        examples=[600],
    )
    space: dict[str, Any] = Field(
        description="The settings that may vary, one line each: see [the table space](#the-table-space).",
        examples=[{"lr": {"low": 1e-4, "high": 1.0, "log": True}}],
    )
    default: dict[str, Any] | None = Field(
        default=None,
        description="The configuration that you use today, with a value for each active setting. It runs "
        "first, and the report says which few changes of it make the gain.",
        examples=[{"lr": 0.001}],
    )
    sampler: dict[str, Any] | str = Field(
        default_factory=dict,
        description="How to search: a name, or a table with a name and more: see "
        "[the table sampler](#the-table-sampler). Left out, it is the spectral search.",
        examples=["spectral"],
    )
    budget: dict[str, Any] | None = Field(
        default=None,
        description="For commands that can be told to do less work: see "
        "[the table budget](#the-table-budget).",
        examples=[{"least": 1, "most": 27}],
    )
    fidelity: dict[str, Any] | None = Field(
        default=None,
        description="For stages that are cheaper than the end: see "
        "[the table fidelity](#the-table-fidelity).",
        examples=[{"stages": {"layers": 8}, "end": {"layers": 56}}],
    )
    storage: dict[str, Any] | None = Field(
        default=None,
        description="Where trials are kept: see [the table storage](#the-table-storage). Left out, it is a "
        "file in `.overtone/NAME`.",
        examples=[{"url": "postgresql://host/base"}],
    )
    repeats: dict[str, Any] | bool = Field(
        default=True,
        description="Whether some trials run a configuration again, so that it is known how much runs vary; "
        "`false` turns that off, and [the table repeats](#the-table-repeats) says how many. Studies of fewer "
        "than 20 trials, with `[budget]` or with `[fidelity]` have none.",
        examples=[False],
    )


class BudgetTable(StrictTable):
    """How much of its work a command is asked to do."""

    least: Annotated[int, Field(ge=1)] = Field(
        default=1,
        description="The smallest budget whose value says something, such as one epoch.",
        examples=[1],
    )
    most: Annotated[int, Field(ge=1)] = Field(
        description="The full budget, such as the epochs of a whole training.", examples=[81]
    )
    eta: Annotated[int, Field(ge=2)] = Field(
        default=3,
        description="Of the configurations that were run to one budget, one in so many goes on to the next, "
        "which is so many times larger.",
        examples=[3],
    )
    resume: bool = Field(
        default=False,
        description="Whether the command goes on from what it left in `{checkpoint_dir}`. Otherwise each run "
        "starts again, in an empty folder.",
        examples=[True],
    )


class FidelityTable(StrictTable):
    """What Harmonica's stages fix to be cheap, and what the end has instead."""

    stages: dict[str, Any] | list[dict[str, Any]] = Field(
        description="Values of the stages, which the command mentions as `{layers}`: one table for all of "
        "them, or a list with one for each.",
        examples=[{"layers": 8}],
    )
    end: dict[str, Any] = Field(
        description="The values of the same names after the stages.", examples=[{"layers": 56}]
    )
    check: int = Field(
        default=10,
        description="How many configurations of the last stage run again with the values of the end, to "
        "learn whether the stages tell of it; 0 for none.",
        examples=[10],
    )
    threshold: float = Field(
        default=0.5,
        description="A warning is given if the rank correlation of the two is below this.",
        examples=[0.5],
    )


class RepeatsTable(StrictTable):
    """How many trials may run a configuration again."""

    share: Annotated[float, Field(ge=0.0, le=0.5)] = Field(
        default=Repeats.share,
        description="The share of the trials that may be repeats, at most.",
        examples=[0.05],
    )


class StorageTable(StrictTable):
    """Where trials are kept."""

    url: Annotated[str, Field(pattern=r"^[A-Za-z0-9_+.-]+://.+")] = Field(
        description="The URL of an Optuna storage. Several machines can work on a study that lies in a "
        "database server.",
        examples=["postgresql://host/base"],
    )


# What each key expects, in the words of a message.
EXPECTED: Final = {
    "name": "text of letters, digits, '_', '-' and '.' (it names a folder), such as \"digits\"",
    "command": 'a list of texts such as ["python", "{study_dir}/train.py", "--lr={lr}"]',
    "metric": 'the name of the value that the command reports, without ":" and "=", '
    'such as "accuracy"',
    "direction": '"minimize" or "maximize"',
    "trials": "a whole number of at least 1",
    "parallel": "a whole number of at least 1: how many commands run at a time",
    "timeout": "a number of seconds above 0; leave it out for no limit",
    "space": "a table [space] with a line for each parameter, such as lr = {low = 0.001, high = 1.0}",
    "default": "a table [default] with a value for each active parameter",
    "sampler": 'a name such as "spectral", or a table [sampler]',
    "storage": 'a table [storage] with url = "..."; leave it out for the embedded store',
    "storage.url": 'an Optuna storage URL such as "sqlite:///study.db" or "postgresql://host/base"',
    "repeats": "true, false, or a table [repeats] such as share = 0.1",
    "repeats.share": "a number from 0.0 to 0.5: the share of the trials that may be run again, at most",
    "budget": "a table [budget], such as most = 27; leave it out if a trial always costs the same",
    "budget.least": "a whole number of at least 1: the smallest budget whose value says something",
    "budget.most": "a whole number of at least 1: the full budget, such as the epochs of a whole training",
    "budget.eta": "a whole number of at least 2: of each rung, one in so many goes on",
    "budget.resume": "true or false: whether the command goes on from its checkpoint folder",
    "fidelity": "a table [fidelity], such as stages = {layers = 8} and end = {layers = 56}",
    "fidelity.stages": "a table such as {layers = 8}, or a list of them, one for each stage,",
    "fidelity.end": "a table such as {layers = 56}",
    "fidelity.check": "a whole number: the configurations to evaluate at both fidelities, 0 for none",
    "fidelity.threshold": "a rank correlation from -1.0 to 1.0",
    **EXPECTED_OF_SAMPLER,
}
