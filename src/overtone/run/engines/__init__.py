"""Engines: where trials are executed."""
