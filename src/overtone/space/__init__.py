"""Parameters, conditions, and the coding of configurations into arrays and back.

Notation
    configuration   a dict from names to values, active parameters only
    code            a float: the index of a choice, the number itself of an Integer or a Real, NaN if inactive
    X    (N, n)     codes of N configurations of n parameters, columns in the order of the space
    level           the index of the cell that a code falls into; INACTIVE (-1) for NaN
"""

from overtone.space.cells import (
    CELLS,
    FINEST_GRID,
    INACTIVE,
    Interval,
    Partition,
    cut,
    draw,
    from_unit,
    grid_size,
    to_unit,
    whole_range,
)
from overtone.space.parameters import (
    LARGEST_INTEGER,
    Categorical,
    Choice,
    Configuration,
    Integer,
    Parameter,
    Real,
    When,
    code_of,
    conditions,
    describe_condition,
    value_of,
)
from overtone.space.search_space import Codes, Levels, SearchSpace

__all__ = [
    "CELLS",
    "FINEST_GRID",
    "INACTIVE",
    "LARGEST_INTEGER",
    "Categorical",
    "Choice",
    "Codes",
    "Configuration",
    "Integer",
    "Interval",
    "Levels",
    "Parameter",
    "Partition",
    "Real",
    "SearchSpace",
    "When",
    "code_of",
    "conditions",
    "cut",
    "describe_condition",
    "draw",
    "from_unit",
    "grid_size",
    "to_unit",
    "value_of",
    "whole_range",
]
