"""The edge: the only modules that call AWS, read the environment or write logs."""
