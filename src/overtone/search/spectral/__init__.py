"""The spectral search: proposals from a Gaussian prior on every term."""
