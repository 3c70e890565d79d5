"""Harmonica: stages of uniform trials, and what each decides."""
