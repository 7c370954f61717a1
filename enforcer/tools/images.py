"""Which files are images that models take, by their first bytes; and why another one is not shown."""

from __future__ import annotations

import base64
import struct
from pathlib import Path

from enforcer.core.errors import ToolError
from enforcer.core.messages import Image

START_BYTES = 64  # enough to know an image; not always for its size
LARGEST_BYTES = 3_750_000  # in base64 the 5 MiB that the strictest vendor takes
LARGEST_SIDE = 8000  # pixels; more is refused by it, too
SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".gif", ".webp", ".heic", ".heif", ".avif", ".bmp", ".tif", ".tiff"})
TAKEN = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)
BRANDS = {b"heic": "HEIC", b"heix": "HEIC", b"hevc": "HEIC", b"mif1": "HEIC", b"msf1": "HEIC", b"avif": "AVIF"}
OTHERS = ((b"BM", "BMP"), (b"II*\0", "TIFF"), (b"MM\0*", "TIFF"), (b"\0\0\1\0", "ICO"), (b"8BPS", "Photoshop"))


def image_type(start: bytes) -> str | None:
    """The media type of an image that models take, by the beginning of its file."""
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "image/webp"
    return next((media for magic, media in TAKEN if start.startswith(magic)), None)


def other_image(start: bytes) -> str | None:
    """The kind of an image that no model takes as it is."""
    if start[4:8] == b"ftyp" and start[8:12] in BRANDS:
        return BRANDS[start[8:12]]
    if start.startswith(b"BM") and start[6:10] != b"\0\0\0\0":
        return None  # a text that begins with these letters
    return next((kind for magic, kind in OTHERS if start.startswith(magic)), None)


def image_of(data: bytes, name: Path | str) -> Image:
    """The image to be sent. Raises: ToolError, one sentence, when models do not take it."""
    media_type = image_type(data)
    if media_type is None:
        kind = other_image(data)
        what = f"{kind}, which models do not take" if kind else "not an image that models take"
        raise ToolError(f"{name} is {what}; make a PNG or JPEG of it first")
    if len(data) > LARGEST_BYTES:
        raise ToolError(too_large(name, len(data)))
    sides = size_of(data, media_type)
    if sides and max(sides) > LARGEST_SIDE:
        width, height = sides
        raise ToolError(
            f"{name} has {width} x {height} pixels; models take {LARGEST_SIDE} a side at most, make it smaller first"
        )
    return Image(media_type, base64.b64encode(data).decode("ascii"))


def too_large(name: Path | str, size: int) -> str:
    return f"{name} has {size:,} bytes; images above {LARGEST_BYTES:,} cannot be shown, make it smaller first"


def size_of(data: bytes, media_type: str) -> tuple[int, int] | None:
    """Width and height as the file says; None when it does not say it where it should."""
    try:
        match media_type:
            case "image/png":
                width, height = struct.unpack_from(">II", data, 16)
            case "image/gif":
                width, height = struct.unpack_from("<HH", data, 6)
            case "image/jpeg":
                return _jpeg_size(data)
            case _:
                return _webp_size(data)
    except struct.error:
        return None
    return width, height


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Raises: struct.error at the end of the data."""
    at = 2
    while data[at : at + 1] == b"\xff":
        marker, length = struct.unpack_from(">BH", data, at + 1)
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        at += 2 + length
    return None


def _webp_size(data: bytes) -> tuple[int, int] | None:
    """Raises: struct.error at the end of the data."""
    match data[12:16]:
        case b"VP8X":
            wide, high = data[24:27], data[27:30]
            return int.from_bytes(wide, "little") + 1, int.from_bytes(high, "little") + 1
        case b"VP8 ":
            width, height = struct.unpack_from("<HH", data, 26)
            return width & 0x3FFF, height & 0x3FFF
        case b"VP8L":
            (bits,) = struct.unpack_from("<I", data, 21)
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return None
