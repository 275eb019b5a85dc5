"""Stands for the matching engine: the same doors, and pairs by equal words only."""
