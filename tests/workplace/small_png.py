"""A screenshot as a PNG with a palette: a page has few colours, so a third of the bytes is enough."""

from __future__ import annotations

import struct
import zlib
from typing import Any, Final

import numpy as np

COLOURS: Final = 256
SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"


def pixels_of(png: bytes) -> Any:
    """Return the pixels (height, width, 3) of a PNG as Chromium writes it in haste: RGB, rows plain, by left or by above.

    Raises ValueError for any other PNG.
    """
    parts = dict[bytes, bytes]()
    place = len(SIGNATURE)
    while place < len(png):
        (length,) = struct.unpack_from(">I", png, place)
        name, content = png[place + 4 : place + 8], png[place + 8 : place + 8 + length]
        parts[name] = parts.get(name, b"") + content
        place += length + 12
    width, height, depth, sort, *_ = struct.unpack(">IIBBBBB", parts[b"IHDR"])
    if (depth, sort) != (8, 2):
        raise ValueError("not an RGB picture")
    rows = np.frombuffer(zlib.decompress(parts[b"IDAT"]), dtype=np.uint8).reshape(height, width * 3 + 1)
    made = np.zeros((height + 1, width, 3), dtype=np.uint8)
    for number, row in enumerate(rows):
        made[number + 1] = _restored(int(row[0]), row[1:].reshape(width, 3), made[number])
    return made[1:]


def _restored(kind: int, row: Any, above: Any) -> Any:
    if kind == 0:
        return row
    if kind == 1:
        return np.cumsum(row, axis=0, dtype=np.uint8)
    if kind == 2:
        return row + above
    raise ValueError(f"a row of the kind {kind}")


def shrunk(pixels: Any) -> bytes:
    """Return a PNG of pixels (height, width, 3); colours beyond 256 become the nearest of the most frequent ones."""
    height, width, _ = pixels.shape
    flat = pixels.reshape(-1, 3).astype(np.int64)
    colours, place, number = np.unique(
        flat[:, 0] << 16 | flat[:, 1] << 8 | flat[:, 2], return_inverse=True, return_counts=True
    )
    kept = np.sort(np.argsort(-number, kind="stable")[:COLOURS])
    palette = np.column_stack([colours[kept] >> shift & 255 for shift in (16, 8, 0)])
    every = np.column_stack([colours >> shift & 255 for shift in (16, 8, 0)])
    nearest = np.array([np.argmin(((palette - each) ** 2).sum(axis=1)) for each in every], dtype=np.uint8)
    rows = np.zeros((height, width + 1), dtype=np.uint8)
    rows[:, 1:] = nearest[place].reshape(height, width)
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    parts = ((b"IHDR", head), (b"PLTE", palette.astype(np.uint8).tobytes()))
    return SIGNATURE + b"".join(_chunk(*each) for each in (*parts, (b"IDAT", _packed(rows)), (b"IEND", b"")))


def _packed(rows: Any) -> bytes:
    return zlib.compress(rows.tobytes(), 9)


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
