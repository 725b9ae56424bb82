"""The pages of many executions, served on this machine: `flag-rollback dashboard`."""
