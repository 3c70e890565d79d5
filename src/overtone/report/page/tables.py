"""The numbers behind the pictures, as tables of texts."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from overtone.report.answers import Setting
from overtone.report.details import Joint
from overtone.report.effects import StageFinding
from overtone.report.sentences import share_tail, with_brought
from overtone.report.stages import LEAST_SHARE
from overtone.report.words import brief, interval, listed, number, or_dash, percent, rough, value
from overtone.search.conclusions.estimate import Estimate
from overtone.space import Configuration

if TYPE_CHECKING:
    from overtone.report.explanation import Explanation


@final
@dataclass(frozen=True)
class Table:
    """Rows of texts under heads."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@final
@dataclass(frozen=True)
class Cell:
    """A cell of a joint table: its text, and how much better or worse it is, from -1 to 1."""

    text: str
    worse: float
    is_used: bool


@final
@dataclass(frozen=True)
class CellTable:
    """What two settings do together.

    Attributes:
        key: its name in links.
        settings: of the rows, and of the columns.
        columns: values of the second.
        rows: values of the first, each with its cells.
    """

    key: str
    settings: tuple[str, str]
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]


def numbers_of(explanation: "Explanation") -> dict[str, Table]:
    """A table for each picture that has few enough numbers, by the picture's key."""
    found = {
        "changes": _changes(explanation),
        "effects": _effects(explanation),
        "failures": _failures(explanation),
        "best": _best(explanation),
        "space": _space(explanation),
        "restricted": _restricted(explanation),
        "transfer": _transfer(explanation),
    }
    return {key: table for key, table in found.items() if table.rows}


def _changes(explanation: "Explanation") -> Table:
    rows = tuple(
        (
            change.setting,
            or_dash(change.before),
            f"{or_dash(change.after)}{with_brought(change.brings)}",
            interval(change.gain),
            percent(change.cumulative),
            interval(change.reached),
            "run and compared" if change.verified else "predicted",
        )
        for change in explanation.changes
    )
    heads = ("setting", "from", "to", "worth", "so far", "gain so far", "known by")
    return Table("The few changes", heads, rows)


def _effects(explanation: "Explanation") -> Table:
    rows = tuple(row for setting in explanation.settings for row in _levels(setting))
    heads = ("setting", "used", "instead", "change", "trials", "known to")
    return Table("Changes of one setting", heads, rows)


def _levels(setting: Setting) -> Iterator[tuple[str, ...]]:
    verdicts = {"matters": "matter", "free": "be free", "unknown": "nobody yet"}
    for level in setting.levels:
        yield (
            setting.setting,
            value(setting.value),
            f"{value(level.value)}{with_brought(level.brings)}",
            interval(level.change, signed=True),
            str(level.trials),
            verdicts.get(setting.verdict, setting.verdict),
        )


def _failures(explanation: "Explanation") -> Table:
    rows = tuple(
        (
            listed([f"{n} = {value(v)}" for n, v in zip(f.settings, f.values, strict=True)]),
            str(f.failed),
            str(f.trials),
            str(f.of),
            "; ".join(f"{count} x {' '.join(reason.split())}" for reason, count in f.reasons),
        )
        for f in explanation.failures
    )
    heads = ("with", "failed", "of trials with it", "of all failures", "reasons")
    return Table("Where trials fail", heads, rows)


def _best(explanation: "Explanation") -> Table:
    names = explanation.findings.space.names
    rows = tuple(
        (
            str(trial.trial),
            brief(trial.value),
            *(value(trial.configuration[n]) if n in trial.configuration else "-" for n in names),
        )
        for trial in explanation.best
    )
    return Table("The best trials", ("trial", "value", *names), rows)


def _space(explanation: "Explanation") -> Table:
    shares = explanation.findings.shares
    if shares is None or not shares.is_much_told:
        return Table("", (), ())
    rows = tuple(
        (
            " x ".join(share.settings),
            *(percent(end) for end in (share.share.mean, share.share.low, share.share.high)),
            share_tail(share),
        )
        for share in explanation.space
        if share.share.mean >= LEAST_SHARE
    )
    heads = ("settings", "share", "at least", "at most", "best and worst")
    return Table("Shares of the variation", heads, rows)


def _restricted(explanation: "Explanation") -> Table:
    rows = tuple(
        (str(one.stage), interval(one.mean), str(one.trials), str(one.failed))
        for one in explanation.restricted
    )
    heads = ("draws of stage", "mean", "with a value", "without")
    return Table("Random draws of what is left", heads, rows)


def _transfer(explanation: "Explanation") -> Table:
    rows = tuple(
        (str(one.trial), _known(one.at_stages), str(one.again), _known(one.at_end))
        for one in explanation.at_both
    )
    heads = ("trial", "at the stages' fidelity", "run again as", "at the end's")
    return Table("Configurations at both fidelities", heads, rows)


def _known(observed: float | None) -> str:
    return "-" if observed is None else brief(observed)


def stage_table(explanation: "Explanation") -> Table:
    """What each stage of Harmonica found and kept: the paper's table 4; empty without stages."""
    rows = tuple(
        row
        for stage in (explanation.stages if explanation.findings.is_staged else ())
        for row in _stage_rows(stage)
    )
    heads = ("stage", "what mattered", "share", "best over worst", "gain", "kept from here on")
    return Table("What the stages found", heads, rows)


def _stage_rows(stage: StageFinding) -> Iterator[tuple[str, ...]]:
    kept = dict(stage.pinned)
    shown = [effect for effect in stage.effects if effect.share >= LEAST_SHARE]
    if not shown:
        yield (str(stage.number), "nothing stood out from the noise", "-", "-", "-", "everything")
    for effect in shown:
        half = 2 * 1.6449 * effect.error
        names = [f"{name} = {' or '.join(kept[name])}" for name in effect.names if name in kept]
        yield (
            str(stage.number),
            " x ".join(effect.names),
            percent(effect.share),
            f"{', '.join(effect.best)} over {', '.join(effect.worst)}",
            interval(Estimate(effect.gain, effect.gain - half, effect.gain + half)),
            "; ".join(names) or "-",
        )


def joint_tables(explanation: "Explanation") -> tuple[CellTable, ...]:
    """What the pairs that interact do, value by value."""
    sign = explanation.findings.sign
    found = explanation.recommended
    used = {} if found is None else found.configuration
    return tuple(
        _cells(joint, f"joint-{k + 1}", sign, used) for k, joint in enumerate(explanation.joint)
    )


def _cells(joint: Joint, key: str, sign: float, used: Configuration) -> CellTable:
    sizes = [abs(cell.mean) for row in joint.changes for cell in row if cell is not None]
    most = max(sizes, default=0.0) or 1.0
    a, b = joint.settings
    rows = []
    for first, cells in zip(joint.values[0], joint.changes, strict=True):
        row = []
        for second, cell in zip(joint.values[1], cells, strict=True):
            is_used = used.get(a) == first and used.get(b) == second
            text = "used" if is_used else _change(cell)
            worse = 0.0 if cell is None else sign * cell.mean / most
            row.append(Cell(text, worse, is_used))
        rows.append((value(first), tuple(row)))
    return CellTable(key, joint.settings, tuple(map(value, joint.values[1])), tuple(rows))


def _change(cell: Estimate | None) -> str:
    if cell is None:
        return "not known"
    return rough(cell.mean, cell.high - cell.low, signed=True) + _ends(cell)


def _ends(cell: Estimate) -> str:
    width = cell.high - cell.low
    if width <= 1e-4 * abs(cell.mean):
        return ""
    return f" ({number(cell.low, like=width)} to {number(cell.high, like=width)})"
