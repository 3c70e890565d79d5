"""Closed stages as JSON in the study's storage, and back.

What a stage decided is stored, since later trials must not change it: its cohort, its polynomial with the
evidence, and its alternatives. Each stage is one system attribute of the study, STAGE + index.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from overtone.search.harmonica.fidelity import Transfer
from overtone.search.harmonica.stage import Stage
from overtone.search.region import Alternatives
from overtone.space import Interval
from overtone.spectrum.basis import Basis, Family, Term
from overtone.spectrum.minimise.minimise import Minimum
from overtone.spectrum.polynomial import SparsePolynomial
from overtone.spectrum.recovery.aliases import Aliases
from overtone.spectrum.recovery.recovery import Recovery
from overtone.study.storage import STAGE

Json = dict[str, Any]


def stages_in(attributes: Mapping[str, Any]) -> list[Stage]:
    """The closed stages among a study's system attributes, first to last."""
    stages: list[Stage] = []
    while f"{STAGE}{len(stages)}" in attributes:
        stages.append(stage_from_json(attributes[f"{STAGE}{len(stages)}"]))
    return stages


def stage_to_json(stage: Stage) -> Json:
    """A stage as plain lists, texts and numbers."""
    return {
        "index": stage.index,
        "region": stage.region,
        "cohort": list(stage.cohort),
        "failed": stage.failed,
        "recovery": None if stage.recovery is None else _recovery_to_json(stage.recovery),
        "minimum": None if stage.minimum is None else _minimum_to_json(stage.minimum),
        "alternatives": [{k: list(v) for k, v in a.items()} for a in stage.alternatives],
    }


def stage_from_json(record: Json) -> Stage:
    """The stage that `stage_to_json` wrote."""
    alternatives: Alternatives = tuple(
        {name: Interval(*ends) for name, ends in a.items()} for a in record["alternatives"]
    )
    recovery, minimum = record["recovery"], record["minimum"]
    return Stage(
        record["index"],
        record["region"],
        tuple(record["cohort"]),
        record["failed"],
        None if recovery is None else _recovery_from_json(recovery),
        None if minimum is None else _minimum_from_json(minimum),
        alternatives,
    )


def transfer_to_json(found: Transfer) -> Json:
    """A transfer check as plain lists and numbers."""
    return {
        "pairs": [list(pair) for pair in found.pairs],
        "correlation": found.correlation,
        "low": found.low,
        "high": found.high,
        "threshold": found.threshold,
    }


def transfer_from_json(record: Json) -> Transfer:
    """The transfer check that `transfer_to_json` wrote."""
    pairs = tuple((small, large) for small, large in record["pairs"])
    return Transfer(
        pairs, record["correlation"], record["low"], record["high"], record["threshold"]
    )


def _recovery_to_json(recovery: Recovery) -> Json:
    return {
        "names": [family.name for family in recovery.polynomial.basis.families],
        "levels": [family.levels for family in recovery.polynomial.basis.families],
        "families": _families_to_json(recovery),
        "polynomial": _polynomial_to_json(recovery.polynomial),
        "errors": recovery.errors.tolist(),
        "shrunk": _polynomial_to_json(recovery.shrunk),
        "penalty": recovery.penalty,
        "duality_gap": recovery.duality_gap,
        "noise": recovery.noise,
        "validated": None if np.isnan(recovery.validated) else recovery.validated,
        "p_value": recovery.p_value,
        "samples": recovery.samples,
        "constant": list(recovery.aliases.constant),
        "merged": [list(members) for members in recovery.aliases.merged],
    }


def _families_to_json(recovery: Recovery) -> Json:
    """The functions of the parameters that the polynomials depend on."""
    involved = sorted({*recovery.polynomial.parameters, *recovery.shrunk.parameters})
    families = recovery.polynomial.basis.families
    return {
        str(i): {
            "table": families[i].table.tolist(),
            "is_grouped": families[i].is_grouped,
            "labels": list(families[i].labels),
        }
        for i in involved
    }


def _polynomial_to_json(polynomial: SparsePolynomial) -> Json:
    return {
        "terms": [[list(factor) for factor in term] for term in polynomial.terms],
        "coefficients": polynomial.coefficients.tolist(),
    }


def _recovery_from_json(record: Json) -> Recovery:
    basis = Basis(
        tuple(
            _family_from_json(name, levels, record["families"].get(str(i)))
            for i, (name, levels) in enumerate(zip(record["names"], record["levels"], strict=True))
        )
    )
    constant = tuple(record["constant"])
    merged = tuple(tuple(members) for members in record["merged"])
    copies = {i for members in merged for i in members[1:]}
    kept = tuple(i for i in range(len(basis)) if i not in copies and i not in constant)
    return Recovery(
        polynomial=_polynomial_from_json(basis, record["polynomial"]),
        errors=np.array(record["errors"]),
        shrunk=_polynomial_from_json(basis, record["shrunk"]),
        penalty=record["penalty"],
        duality_gap=record["duality_gap"],
        noise=record["noise"],
        validated=np.nan if record["validated"] is None else record["validated"],
        p_value=record["p_value"],
        samples=record["samples"],
        aliases=Aliases(kept, constant, merged),
    )


def _family_from_json(name: str, levels: int, record: Json | None) -> Family:
    """A parameter's functions; none for one that the polynomials do not depend on."""
    if record is None:
        return Family(name, np.zeros((levels, 0)), is_grouped=False, labels=("",) * levels)
    return Family(name, np.array(record["table"]), record["is_grouped"], tuple(record["labels"]))


def _polynomial_from_json(basis: Basis, record: Json) -> SparsePolynomial:
    terms: list[Term] = [tuple((i, order) for i, order in term) for term in record["terms"]]
    return SparsePolynomial(basis, tuple(terms), np.array(record["coefficients"]))


def _minimum_to_json(minimum: Minimum) -> Json:
    return {
        "parameters": list(minimum.parameters),
        "assignments": minimum.assignments.tolist(),
        "values": minimum.values.tolist(),
        "ties": minimum.ties,
        "is_proved": minimum.is_proved,
    }


def _minimum_from_json(record: Json) -> Minimum:
    return Minimum(
        tuple(record["parameters"]),
        np.array(record["assignments"], dtype=np.int64),
        np.array(record["values"]),
        record["ties"],
        record["is_proved"],
    )
