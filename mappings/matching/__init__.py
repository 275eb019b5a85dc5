"""Suggestions for correspondences: keys, names, addresses; with probabilities, reasons and a state.

The door is :func:`mappings.matching.suggesting.suggest`; :mod:`mappings.matching.fitting` learns from confirmed pairs.
"""
