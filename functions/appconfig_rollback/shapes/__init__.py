"""The shapes of flags in documents: one module each, all with the same questions answered."""
