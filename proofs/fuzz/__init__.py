"""Input without end: `make fuzz` tries whatever others may write, and measures what hurts most."""
