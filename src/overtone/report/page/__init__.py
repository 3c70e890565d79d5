"""The page: what a study has shown, in one file that needs nothing else."""
