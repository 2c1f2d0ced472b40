"""Reads pictures of strangers and draws them anew: the program of the child of `pictures`."""

from __future__ import annotations

import json
import sys
import warnings
from io import BytesIO

from PIL import Image, UnidentifiedImageError

from okno.kit import confined
from okno.kit.picture_size import MOST_POINTS

# Twice the largest picture at four bytes a point (one as read, one as it is made smaller), and the
# program itself.
MEMORY = 768 * 1024 * 1024
IDLE_SECONDS = 300
FORMATS = ("JPEG", "PNG", "GIF", "WEBP")
_QUALITY = 85
# EXIF 2.32, 4.6.4 A: what was done to it when it was stored, and so what undoes it.
_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_FIRST_LYING = 5  # from here on, width and height change places


class _Refused(Exception):
    """A reason in one word."""


def draw(data: bytes, width: int, height: int) -> tuple[dict[str, object], bytes]:
    """Facts and bytes of the picture drawn anew in at most `width` times `height` points."""
    with Image.open(BytesIO(data), formats=FORMATS) as image:
        if image.width * image.height > MOST_POINTS:
            raise _Refused("too_large")
        drawn = _upright(image, width, height)
    # What the file told of its camera, place and maker goes no further.
    drawn.info = {}
    sink = BytesIO()
    if drawn.mode == "RGBA":
        drawn.save(sink, "PNG")
    else:
        drawn.save(sink, "JPEG", quality=_QUALITY, subsampling=0, progressive=True)
    kind = "image/png" if drawn.mode == "RGBA" else "image/jpeg"
    return {"type": kind, "width": drawn.width, "height": drawn.height}, sink.getvalue()


def _upright(image: Image.Image, width: int, height: int) -> Image.Image:
    orientation = image.getexif().get(_ORIENTATION, 1)
    box = (height, width) if orientation >= _FIRST_LYING else (width, height)
    image.draft("RGB", box)
    image.load()
    small = _plain(image)
    small.thumbnail(box, Image.Resampling.LANCZOS, reducing_gap=2.0)
    turn = _TURNS.get(orientation)
    return small if turn is None else small.transpose(turn)


def _plain(image: Image.Image) -> Image.Image:
    """The same in RGB, or in RGBA where some of it can be looked through."""
    if image.mode.startswith("I"):  # 16 bits a point, which a conversion would cut off, not divide
        return image.convert("I").point(lambda value: value / 256).convert("L").convert("RGB")
    if image.has_transparency_data:
        clear = image.convert("RGBA")
        if clear.getchannel("A").getextrema() != (255, 255):
            return clear
        return clear.convert("RGB")
    return image if image.mode == "RGB" else image.convert("RGB")


def answer(head: bytes, data: bytes) -> list[bytes]:
    """The answer's frame: never an exception that ends the child."""
    asked = json.loads(head)
    facts: dict[str, object]
    try:
        facts, drawn = draw(data, asked["width"], asked["height"])
        return confined.frame(json.dumps(facts).encode(), [drawn])
    except _Refused as refused:
        facts = {"no": str(refused)}
    except UnidentifiedImageError:
        facts = {"no": "unknown"}
    except MemoryError:
        facts = {"no": "out_of_memory"}
    except Exception as error:  # a decoder's fault sets aside one picture
        facts = {"no": f"fault_{type(error).__name__}"}
    return confined.frame(json.dumps(facts).encode())


def main() -> None:
    """Entry point of the child."""
    warnings.simplefilter("ignore")  # there is nobody to read them
    Image.MAX_IMAGE_PIXELS = MOST_POINTS
    confined.confine(MEMORY)
    confined.serve(answer, sys.stdin.buffer, sys.stdout.buffer, idle_seconds=IDLE_SECONDS)


if __name__ == "__main__":
    main()
