"""A Datadog account on this machine: it takes what an Agent sends, and evaluates dashboards, monitors, downtimes."""
