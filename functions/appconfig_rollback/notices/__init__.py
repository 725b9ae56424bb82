"""The notices about a rollback, for people and programs; a module for each kind."""
