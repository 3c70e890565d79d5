"""What the trials say when they are done."""
