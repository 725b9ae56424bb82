"""Executions: what happened in them, read from their history."""
