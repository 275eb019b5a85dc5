"""The front door: command line, supervisor, demo."""
