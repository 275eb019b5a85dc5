"""How a name sounds, in Latin letters: Просепт and Prosept, Мультипауэр and Multipower come close."""

from __future__ import annotations

import re
from typing import Final

_PAIRS: Final = "аa бb вv гg дd еe жj зz иi йi кk лl мm нn оo пp рr сs тt уu фf хh цc чq шw щw ъ- ыi ь- эe юu яa"
_TO_LATIN: Final = str.maketrans({pair[0]: pair[1].replace("-", "") for pair in _PAIRS.split()})
_LATIN: Final = (
    (re.compile(r"ck|c(?![eiyh])|q"), "k"),
    (re.compile(r"sch|sh"), "w"),
    (re.compile(r"ch"), "q"),
    (re.compile(r"ph"), "f"),
    (re.compile(r"(?<![cswp])h(?![aeiouy])"), ""),
    (re.compile(r"oo|ou"), "u"),
    (re.compile(r"ee"), "i"),
    (re.compile(r"x"), "ks"),
    (re.compile(r"y"), "i"),
)
_TWICE: Final = re.compile(r"(.)\1+")


def sound(word: str) -> str:
    """Return a lower-case word by its sound; w stands for ш and sh, q for ч and ch."""
    if word.isascii():
        heard = word.replace("w", "v")
        for pattern, letters in _LATIN:
            heard = pattern.sub(letters, heard)
    else:
        heard = word.translate(_TO_LATIN)
    return _TWICE.sub(r"\1", heard)
