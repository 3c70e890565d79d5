"""Pictures of what a study has shown: each is described once, and drawn with and without a script."""
