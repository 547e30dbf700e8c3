"""What works here of somebody's monitors and dashboards: `datadog-sandbox check`.

`verdicts` asks the code that takes, evaluates, and draws them; `report` shows the answers; `command` finds the files.
"""
