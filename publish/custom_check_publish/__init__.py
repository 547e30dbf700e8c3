"""Publish custom_check's timeboard, monitors and downtimes in a Datadog account."""
