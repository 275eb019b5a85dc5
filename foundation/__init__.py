"""What every room stands on: errors, settings, database, log. Imports no other room."""
