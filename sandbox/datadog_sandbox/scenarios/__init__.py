"""Scenarios: monitors and downtimes rehearsed with made-up data and a clock of their own, and what is expected of them.

`format` reads a file, with the `times` and `inputs` in it; `assets` reads the monitors and downtimes that it names;
`rehearsal` runs it; `report` tells what happened; `command` is what the command line runs.
"""
