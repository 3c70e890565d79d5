"""Running trials: the study file, the command objective, and the local engine."""
