"""Functions on the search space: sums of few terms, how to fit one, minimise it and sample from it."""
