"""Checks which monitors and dashboards in files the sandbox evaluates and draws: `datadog-sandbox check`.

`acceptance` calls the code that validates, evaluates, and draws; `verdicts` judges an object; `report` prints the
verdicts; `command` reads the files.
"""
