"""The spectral search as an Optuna sampler."""
