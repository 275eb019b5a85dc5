"""One seed makes the same believable distributor and manufacturer each time."""

from sandbox.world.building import build

__all__ = ["build"]
