"""The Gaussian posterior of a function with a prior on every term."""
