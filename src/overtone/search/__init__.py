"""What to try next: pure replays of the trials seen so far."""
