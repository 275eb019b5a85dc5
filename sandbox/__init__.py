"""A 1C base and a manufacturer's service to try and test against. Imports nothing of the product."""

from sandbox.running import Sandbox, start

__all__ = ["Sandbox", "start"]
