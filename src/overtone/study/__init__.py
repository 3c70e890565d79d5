"""The search as Optuna samplers, and the few facts kept in Optuna's storage."""
