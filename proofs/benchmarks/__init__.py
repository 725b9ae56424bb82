"""Measurements of the rollback on the embedded cloud."""
