"""Programs that prove what the README promises: each a table that `make` brings about."""
