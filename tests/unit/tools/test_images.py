from __future__ import annotations

import base64
import struct

import pytest

from enforcer.core.errors import ToolError
from enforcer.tools.images import image_of, size_of

PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR"
JPEG = b"\xff\xd8\xff\xe0\0\4ab"


@pytest.mark.parametrize(
    ("data", "media_type", "sides"),
    [
        (PNG + struct.pack(">II", 640, 480), "image/png", (640, 480)),
        (b"GIF89a" + struct.pack("<HH", 640, 480), "image/gif", (640, 480)),
        (JPEG + b"\xff\xc2\0\x11\x08" + struct.pack(">HH", 480, 640), "image/jpeg", (640, 480)),
        (JPEG + b"\xff\xc4\0\3a\xff\xc0\0\x11\x08" + struct.pack(">HH", 480, 640), "image/jpeg", (640, 480)),
        (JPEG + b"\xff\xda", "image/jpeg", None),
        (PNG, "image/png", None),
        (b"RIFF\0\0\0\0WEBPVP8X" + bytes(8) + b"\x7f\2\0\xdf\1\0", "image/webp", (640, 480)),
        (b"RIFF\0\0\0\0WEBPVP8 " + bytes(10) + struct.pack("<HH", 640, 480), "image/webp", (640, 480)),
        (b"RIFF\0\0\0\0WEBPVP8L" + bytes(5) + struct.pack("<I", 639 | 479 << 14), "image/webp", (640, 480)),
        (b"RIFF\0\0\0\0WEBPVP8?", "image/webp", None),
    ],
    ids=[
        "png",
        "gif",
        "progressive jpeg",
        "jpeg behind a table",
        "cut jpeg",
        "cut png",
        "webp",
        "lossy webp",
        "lossless webp",
        "odd webp",
    ],
)
def test_the_size_is_read_from_the_file(data: bytes, media_type: str, sides: tuple[int, int] | None) -> None:
    assert size_of(data, media_type) == sides


def test_an_image_is_sent_as_it_is() -> None:
    data = PNG + struct.pack(">II", 8000, 1)
    image = image_of(data, "a.png")
    assert (image.media_type, base64.b64decode(image.data)) == ("image/png", data)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            PNG + struct.pack(">II", 8001, 20),
            "a.png has 8001 x 20 pixels; models take 8000 a side at most, make it smaller first",
        ),
        (b"BM\x10\0\0\0\0\0\0\0", "a.png is BMP, which models do not take; make a PNG or JPEG of it first"),
        (
            b"\0\0\0\x20ftypavif",
            "a.png is AVIF, which models do not take; make a PNG or JPEG of it first",
        ),
        (b"BMW makes cars", "a.png is not an image that models take; make a PNG or JPEG of it first"),
    ],
    ids=["sides", "bmp", "avif", "text"],
)
def test_what_models_do_not_take_is_refused_in_one_sentence(data: bytes, message: str) -> None:
    with pytest.raises(ToolError) as refused:
        image_of(data, "a.png")
    assert str(refused.value) == message
