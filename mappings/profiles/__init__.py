"""How 1C configurations hold our entities: data, no code."""
