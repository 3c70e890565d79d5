"""The scan: the correlation of every product of functions with residuals."""
