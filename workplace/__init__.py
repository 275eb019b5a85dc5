"""The operator's pages; for now the ground that they will stand on, with health and metrics."""
