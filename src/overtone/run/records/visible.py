"""What a program has printed, as it may be kept and shown: whatever it was, it does nothing to a terminal."""

import re
from typing import Final

# As ECMA-48 has them, of seven bits and of eight: control sequences, such as colours; control strings, such
# as the title of a window or a link, with what they say; and the rest. None of them holds another control
# character, so the search takes a time that grows with the text and no faster.
_ESCAPE: Final = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[P\]X^_]|[\x90\x98\x9d-\x9f])[^\x00-\x1f\x7f-\x9f]*(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]*[0-~]"
)
# Other control characters than tabs and line ends, what turns the direction of text or has no width, and
# halves of surrogate pairs, which no output can encode. Those that join letters and emoji stay.
_UNSEEN: Final = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    r"\ud800-\udfff\U000e0000-\U000e007f]"
)


def without_escapes(text: str) -> str:
    """A text without the sequences that colour it, move a cursor or speak to a terminal in other ways."""
    return _ESCAPE.sub("", text)


def visible(text: str) -> str:
    r"""A text without escape sequences, and with other characters that cannot be seen written as `\x07`."""
    return _UNSEEN.sub(lambda unseen: ascii(unseen[0])[1:-1], without_escapes(text))
