"""The recovery of a sparse polynomial from samples, and how sure it is."""
