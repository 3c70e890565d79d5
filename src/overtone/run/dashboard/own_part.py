"""Our part of a note that a user may write in as well.

It stands between two lines that Markdown does not show. All that stands above and below is the user's.
"""

import re
from typing import Final

# A link that nobody refers to: a comment in every kind of Markdown.
FIRST: Final = "[overtone]: # (written anew as trials end, down to the end of this part)"
LAST: Final = "[overtone]: # (the end of this part)"
_OWN: Final = re.compile(
    rf"^{re.escape(FIRST)}$(?:(?!^{re.escape(FIRST)}$).)*?^{re.escape(LAST)}$",
    re.DOTALL | re.MULTILINE,
)


def with_own_part(note: str, own: str) -> str:
    """A note with this text as our part, in the place where that was, or else at the end.

    A part that a user has broken is the user's: nothing of it is taken away.
    """
    part = f"{FIRST}\n\n{own}\n\n{LAST}"
    place = _OWN.search(note)
    if place is not None:
        return f"{note[: place.start()]}{part}{note[place.end() :]}"
    return f"{note.rstrip()}\n\n{part}" if note.strip() else part
