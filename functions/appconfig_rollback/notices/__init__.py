"""The notices: what people and programs are told of a rollback, a module for each kind."""
