"""Checks which monitors and dashboards in files the sandbox evaluates and draws: `datadog-sandbox check`.

`verdicts` asks the code that validates, evaluates, and draws; `report` prints the verdicts; `command` reads the files.
"""
