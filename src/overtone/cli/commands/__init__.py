"""A module for each command: what it is asked, and what it prints."""
