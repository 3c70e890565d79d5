"""The exact best assignments of a sparse polynomial."""
