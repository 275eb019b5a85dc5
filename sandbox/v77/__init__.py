"""A writer of 1C 7.7 test bases: invented trade in the DBF layout of «Торговля и Склад», the same for the same seed."""

from sandbox.v77.base import TestBase, write_base

__all__ = ["TestBase", "write_base"]
