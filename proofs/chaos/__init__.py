"""Rollbacks behind a proxy that throttles, fails, lags and breaks off."""
