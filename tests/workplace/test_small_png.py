"""Screenshots made small: what is drawn stays, the nearest colour stands for a rare one, the picture is a third."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tests.workplace.small_png import SIGNATURE, pixels_of, shrunk


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def rgb(pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], kinds: list[int]) -> bytes:
    """Write an RGB picture whose rows are filtered by these kinds in turn."""
    height, width, _ = pixels.shape
    rows = []
    for place in range(height):
        kind = kinds[place % len(kinds)]
        left = np.zeros_like(pixels[place])
        left[1:] = pixels[place][:-1]
        above = pixels[place - 1] if place else np.zeros_like(pixels[place])
        less = {0: np.zeros_like(left), 1: left, 2: above}.get(kind, left)
        rows.append(bytes([kind]) + (pixels[place] - less).tobytes())
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    packed = zlib.compress(b"".join(rows))
    middle = len(packed) // 2
    parts = ((b"IHDR", head), (b"IDAT", packed[:middle]), (b"IDAT", packed[middle:]), (b"IEND", b""))
    return SIGNATURE + b"".join(chunk(*each) for each in parts)


@given(arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.just(3))), st.permutations([0, 1, 2]))
def test_pixels_are_read_as_they_were_written(
    pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], kinds: list[int]
) -> None:
    assert (pixels_of(rgb(pixels, kinds)) == pixels).all()


def palette_and_places(png: bytes) -> tuple[list[tuple[int, ...]], list[bytes]]:
    width, _ = struct.unpack_from(">II", png, len(SIGNATURE) + 8)
    at = png.index(b"PLTE")
    (length,) = struct.unpack_from(">I", png, at - 4)
    colours = [tuple(png[place : place + 3]) for place in range(at + 4, at + 4 + length, 3)]
    at = png.index(b"IDAT")
    (length,) = struct.unpack_from(">I", png, at - 4)
    raw = zlib.decompress(png[at + 4 : at + 4 + length])
    return colours, [raw[place + 1 : place + 1 + width] for place in range(0, len(raw), width + 1)]


@given(arrays(np.uint8, st.tuples(st.integers(1, 8), st.integers(1, 8), st.just(3))))
def test_few_colours_stay_as_they_are(pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> None:
    colours, rows = palette_and_places(shrunk(pixels))
    assert [[colours[place] for place in row] for row in rows] == [[tuple(each) for each in row] for row in pixels]


def test_a_rare_colour_becomes_the_nearest() -> None:
    pixels = np.zeros((3, 256, 3), dtype=np.uint8)
    pixels[:2, :, 0] = np.arange(256)
    pixels[2] = (7, 0, 0)
    pixels[2, 5] = (7, 3, 1)
    colours, rows = palette_and_places(shrunk(pixels))
    assert len(colours) == 256
    assert (7, 3, 1) not in colours
    assert colours[rows[2][5]] == (7, 0, 0)


def test_what_is_no_such_picture_is_refused() -> None:
    pixels = np.zeros((2, 2, 3), dtype=np.uint8)
    with pytest.raises(ValueError, match="a row of the kind 4"):
        pixels_of(rgb(pixels, [4]))
    with pytest.raises(ValueError, match="not an RGB"):
        pixels_of(shrunk(pixels))
