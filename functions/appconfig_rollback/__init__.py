"""The domain: alarms, flag documents, notices and errors of a rollback. No AWS client in here."""
