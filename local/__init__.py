"""The embedded cloud: everything needed to run the shipped template on one machine."""
