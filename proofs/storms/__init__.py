"""Alarm storms in simulated time: `make storms`."""
