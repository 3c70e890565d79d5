"""What is kept of a study."""
