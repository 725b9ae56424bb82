"""The picture of an execution: one page of HTML that needs no network."""
