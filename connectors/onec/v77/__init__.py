"""1C:Enterprise 7.7, DBF bases: a read-only connector that turns readings into frames, and an exchange folder."""

from connectors.onec.v77.address import V77Address
from connectors.onec.v77.client import V77

__all__ = ["V77", "V77Address"]
