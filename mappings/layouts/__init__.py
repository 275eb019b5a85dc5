"""How manufacturers' services hold the exchanges: data, no code."""
