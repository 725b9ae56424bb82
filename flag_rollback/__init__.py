"""Commands for the people who operate the rollback; nothing in here runs in Lambda."""
