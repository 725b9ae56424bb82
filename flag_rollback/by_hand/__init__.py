"""The rollback, run in this process by a person, where no execution does it."""
