"""How large a picture becomes when it is decoded, told by its header alone.

A few kilobytes can say that they are ten gigabytes of points (attack B06); whoever shows such a
picture has to make room for all of them.
"""

# 200 MB at four bytes a point.
MOST_POINTS = 50_000_000
# ITU T.81, table B.1: the frame headers, which are not DHT, JPG and DAC.
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_MOST_SEGMENTS = 10_000


def is_bomb(data: bytes) -> bool:
    """Whether a PNG, GIF, WebP or JPEG says of itself that it has more than 50 million points."""
    width, height = _size(data)
    return width * height > MOST_POINTS


def _size(data: bytes) -> tuple[int, int]:
    """Width and height in points; (0, 0) when the header does not say."""
    if data[:4] == b"\x89PNG":
        return int.from_bytes(data[16:20]), int.from_bytes(data[20:24])
    if data[:3] == b"GIF":
        return _little(data, 6, 2), _little(data, 8, 2)
    if data[:4] == b"RIFF":
        return _webp(data)
    return _jpeg(data) if data[:2] == b"\xff\xd8" else (0, 0)


def _little(data: bytes, at: int, length: int) -> int:
    return int.from_bytes(data[at : at + length], "little")


def _webp(data: bytes) -> tuple[int, int]:
    """RFC 9649: sections 2.7 (VP8X), 3.4 (VP8L); RFC 6386 section 9.1 (VP8)."""
    kind = data[12:16]
    if kind == b"VP8X":
        return _little(data, 24, 3) + 1, _little(data, 27, 3) + 1
    if kind == b"VP8L":
        bits = _little(data, 21, 4)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return _little(data, 26, 2) & 0x3FFF, _little(data, 28, 2) & 0x3FFF


def _jpeg(data: bytes) -> tuple[int, int]:
    at = 2
    for _ in range(_MOST_SEGMENTS):
        while data[at : at + 2] == b"\xff\xff":
            at += 1
        if data[at : at + 1] != b"\xff" or at + 9 > len(data):
            break
        if data[at + 1] in _FRAMES:
            return int.from_bytes(data[at + 7 : at + 9]), int.from_bytes(data[at + 5 : at + 7])
        at += 2 + int.from_bytes(data[at + 2 : at + 4])
    return 0, 0
