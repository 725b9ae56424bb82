"""The commands of `flag-rollback`, a module for each."""
