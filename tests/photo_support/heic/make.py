#!/usr/bin/env python3
"""Writes the pictures beside it, of the scene of tests/photo_support/scene.rs: pip install pillow-heif==1.8.1 numpy, then ./make.py

libheif and x265 encode them, so that neither the decoder under test nor its makers have a part in them. The tests take the coded
pictures out and build containers of their own around them, for turns, crops, profiles and damage.
"""

from pathlib import Path

import numpy
import pillow_heif
from PIL import Image

HERE = Path(__file__).parent
PATCHES = [(200, 40, 40), (40, 170, 60), (40, 60, 190), (215, 205, 60)]
# What Display P3 has for them, by scene.rs (`p3_of`).
P3 = [(184, 56, 49), (84, 168, 75), (44, 59, 183), (213, 205, 88)]
X265 = {"preset": "medium", "x265:log-level": "none"}


def scene(width, height, patches=PATCHES, dtype=numpy.uint8, scale=1):
    rows = [[patches[(y >= height // 2) * 2 + (x >= width // 2)] for x in range(width)] for y in range(height)]
    return numpy.array(rows, dtype=dtype) * dtype(scale)


def write(name, mode, pixels, **options):
    height, width = pixels.shape[:2]
    picture = pillow_heif.from_bytes(mode, (width, height), pixels.tobytes())
    options = {"quality": 70, "chroma": 420, "enc_params": dict(X265), **options}
    picture.save(HERE / f"{name}.heic", **options)
    print(name, (HERE / f"{name}.heic").stat().st_size)


write("scene", "RGB", scene(120, 72))
write("deep", "RGB;16", scene(120, 72, dtype=numpy.uint16, scale=257))
write("full", "RGB", scene(120, 72), chroma=444)
write("grey", "L", numpy.array(Image.fromarray(scene(120, 72)).convert("L")))
write("p3", "RGB", scene(120, 72, P3))
# As video has it: BT.709 between 16 and 235.
write("video", "RGB", scene(120, 72), matrix_coefficients=1, full_range_flag=0)
write("grid", "RGB", scene(120, 72), tile_size=64)
