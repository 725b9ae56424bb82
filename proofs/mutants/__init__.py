"""Mutation testing of the functions, by the tests that run in process."""
