"""`make interleavings`: all orders of AWS calls, and what each guard protects."""
