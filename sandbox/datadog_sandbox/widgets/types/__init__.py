"""One module for each widget type, or for a few that differ in a word."""
