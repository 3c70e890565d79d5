"""The Lasso over all products: exact fits, and exact paths with their proof."""
