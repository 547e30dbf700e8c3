"""Drafts of scenarios: inputs that make a monitor alert and recover, derived from its query.

`tags` finds tags that a scope takes; `shapes` are the values to try; `attempts` puts them together for each type of
monitor; `search` rehearses them until the states are OK, Alert, OK; `text` writes the YAML.
"""
