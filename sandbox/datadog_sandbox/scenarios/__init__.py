"""Scenarios: monitors and downtimes rehearsed with synthetic data and a simulated clock, against expectations.

From the bottom up: `problems`; `times`, `inputs` and `fields` (the types of fields); `resources` (monitors and
downtimes) and `models` (the rest of a scenario); `document` (YAML with lines), `messages` (validation errors) and
`source` (a scenario and its file); `assets` (the files that it names); `planning` resolves times and names;
`rehearsal` runs a test; `report` shows the outcome; `command` is what the command line runs.
"""
