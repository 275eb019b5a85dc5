"""What runs: one file an exchange. A flow reads like the data's way."""
