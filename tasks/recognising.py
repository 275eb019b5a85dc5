"""Which configuration a base is of, by what it publishes: the profile that fits, and those that would do as well."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from mappings.profiles.profile import load_profile, profiles
from mappings.profiles.signs import Likeness, Signs, recognised

if TYPE_CHECKING:
    from mappings.profiles.check import Published


@cache
def _all_signs() -> dict[str, Signs]:
    return {name: load_profile(name).signs for name in profiles()}


def recognise(published: Published) -> list[Likeness]:
    """Return the profiles that a base may be of, the likeliest first; none where nothing speaks for any."""
    return recognised(_all_signs(), published)
