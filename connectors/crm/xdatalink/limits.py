"""Sizes that both the codec and the calls count with, in bytes."""

from __future__ import annotations

from typing import Final

CAP: Final = 4 * 1024 * 1024
"""ASP.NET's own limit of a request, ``maxRequestLength`` 4096 KB (reference xdatalink, rule 8)."""

ENVELOPE_BYTES: Final = 268
"""What zeep's SOAP 1.1 envelope adds around an escaped payload; its SOAP 1.2 envelope is 2 bytes smaller."""
