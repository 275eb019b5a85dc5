"""Names, as in ``mappings.matching.names``."""

from __future__ import annotations


class Normaliser:
    pass
