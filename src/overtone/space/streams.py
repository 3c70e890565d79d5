"""Streams of random numbers, each known by a tag and keys of its own.

numpy makes one stream of the keys (s, b) and (s, b, 0), and a checksum makes one of many names. So the tag
and the keys are written down, unambiguously, and hashed whole.
"""

import hashlib
import json

import numpy as np


def stream(tag: str, *keys: int | str) -> np.random.Generator:
    """The random numbers of a tag and its keys, on every machine: others for any other tag or keys.

    Args:
        tag: what they are for.
        keys: whole numbers and texts; 1 and "1" are different keys.
    """
    plain = [key if isinstance(key, str) else int(key) for key in keys]
    digest = hashlib.sha256(json.dumps([tag, *plain]).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest, "big"))
