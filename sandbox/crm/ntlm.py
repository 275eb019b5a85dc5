"""The server's half of NTLMv2 over HTTP: a challenge, and the check of what a client makes of it.

Only what a double needs: NTLMv2 (LMv2, NTLMv1, signing and sealing are left out). Layout of the messages and the
formulas: MS-NLMP, sections 2.2.1 and 3.3.2; MD4, which OpenSSL 3 no longer gives out: RFC 1320.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

SIGNATURE: Final = b"NTLMSSP\0"
NEGOTIATE, CHALLENGE, AUTHENTICATE = 1, 2, 3

# Unicode, target name wanted, NTLM, always sign, target is a domain, extended security, target info, version, 128, 56.
_FLAGS: Final = 0xA2898205
_VERSION: Final = bytes([10, 0, 0x63, 0x45, 0, 0, 0, 15])
_DOMAIN: Final = "MONOLIT"
_MASK: Final = 0xFFFFFFFF
_SHORTEST: Final = 16 + 28  # the proof and the fixed part of the client's challenge


@dataclass(frozen=True, slots=True)
class Claim:
    """Who the client says it is, and its proof."""

    user: str
    domain: str
    proof: bytes
    blob: bytes

    def proves(self, password: str, challenge: bytes) -> bool:
        """Tell whether the proof was made with this password for this challenge."""
        nt_hash = md4(password.encode("utf-16-le"))
        key = _hmac(nt_hash, (self.user.upper() + self.domain).encode("utf-16-le"))
        return hmac.compare_digest(_hmac(key, challenge + self.blob), self.proof)


def kind(message: bytes) -> int:
    """Return the type of a message (1, 2, 3); 0 = it is none of NTLM."""
    if len(message) < len(SIGNATURE) + 4 or not message.startswith(SIGNATURE):
        return 0
    return int.from_bytes(message[8:12], "little")


def challenge_message(challenge: bytes) -> bytes:
    """Return the server's message for a challenge of 8 bytes."""
    domain = _DOMAIN.encode("utf-16-le")
    info = b"".join(struct.pack("<HH", code, len(domain)) + domain for code in (2, 1)) + struct.pack("<HH", 0, 0)
    start = 56
    return (
        SIGNATURE
        + struct.pack("<I", CHALLENGE)
        + _place(len(domain), start)
        + struct.pack("<I", _FLAGS)
        + challenge
        + bytes(8)
        + _place(len(info), start + len(domain))
        + _VERSION
        + domain
        + info
    )


def claim(message: bytes) -> Claim | None:
    """Read the client's last message; None = it holds no NTLMv2 proof."""
    try:
        answer, domain, user = (_part(message, at) for at in (20, 28, 36))
    except struct.error:
        return None
    if len(answer) < _SHORTEST:
        return None
    return Claim(user.decode("utf-16-le", "replace"), domain.decode("utf-16-le", "replace"), answer[:16], answer[16:])


def _place(length: int, offset: int) -> bytes:
    return struct.pack("<HHI", length, length, offset)


def _part(message: bytes, at: int) -> bytes:
    length, _, offset = struct.unpack_from("<HHI", message, at)
    return message[offset : offset + length]


def _hmac(key: bytes, data: bytes) -> bytes:
    return hmac.new(key, data, hashlib.md5).digest()


def _turn(value: int, places: int) -> int:
    value &= _MASK
    return (value << places | value >> (32 - places)) & _MASK


_ROUNDS: Final[tuple[tuple[Callable[[int, int, int], int], int, tuple[int, ...], tuple[int, ...]], ...]] = (
    (lambda x, y, z: x & y | ~x & z, 0, tuple(range(16)), (3, 7, 11, 19)),
    (lambda x, y, z: x & y | x & z | y & z, 0x5A827999, tuple(i // 4 + i % 4 * 4 for i in range(16)), (3, 5, 9, 13)),
    (
        lambda x, y, z: x ^ y ^ z,
        0x6ED9EBA1,
        (0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15),
        (3, 9, 11, 15),
    ),
)


def md4(data: bytes) -> bytes:
    """Return the MD4 digest."""
    state = [0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476]
    padded = data + b"\x80" + bytes(-(len(data) + 9) % 64) + struct.pack("<Q", len(data) * 8)
    for start in range(0, len(padded), 64):
        words = struct.unpack_from("<16I", padded, start)
        a, b, c, d = state
        for mix, constant, order, turns in _ROUNDS:
            for step, place in enumerate(order):
                a, b, c, d = d, _turn(a + mix(b, c, d) + words[place] + constant, turns[step % 4]), b, c
        state = [(old + new) & _MASK for old, new in zip(state, (a, b, c, d), strict=True)]
    return struct.pack("<4I", *state)
