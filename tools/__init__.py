"""The programs that the `make` commands run."""
