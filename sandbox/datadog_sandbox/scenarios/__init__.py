"""Scenarios: monitors and downtimes rehearsed with synthetic data and a clock of their own, against expectations.

From the bottom up: `problems`; `times`, `inputs` and `fields` (single values); `resources` (monitors and downtimes) and
`models` (the rest of a scenario); `document` (YAML with lines), `messages` (errors in words) and `source` (a scenario
read from a file); `assets` (the files that it names); `rehearsal` runs it; `report` shows what happened; `command` is
what the command line runs.
"""
