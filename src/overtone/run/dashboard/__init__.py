"""What optuna-dashboard shows of a study beside its own pages: a note and figures, renewed as trials end."""
