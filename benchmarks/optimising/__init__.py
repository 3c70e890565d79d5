"""What `optimise.py` is made of: problems, rivals, runs, constants of the normalisation, the page."""
