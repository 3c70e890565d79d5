"""What a person looks at: which settings matter, and how much."""
