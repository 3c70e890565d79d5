"""Harmonica as an Optuna sampler."""
