"""Docstrings of kgen, which have the marks of Markdown, as reStructuredText."""

import re

_LINK = re.compile(r"\[([^\]]+)\]\((https?://[^)\s]+)\)")
_CODE = re.compile(r"``?([^`]+)``?")
_ARGUMENT = re.compile(r"\s+\*{1,2}\w+:")  # Napoleon reads these itself.
_PLACE = "\x01{}\x02"


def to_rst(lines):
    """Lines of prose as reStructuredText; examples that begin with `>>>` stay.

    Args:
        lines: List of lines of a docstring. Code and links may go over their ends.
    """
    found, block, example = [], [], False
    for line in [*lines, None]:
        starts = line is not None and line.lstrip().startswith(">>>")
        ends = line is not None and example and not line.strip()
        if line is None or (starts and not example) or ends:
            text = "\n".join(block)
            found += (text if example else _converted(text)).split("\n")
            block, example = [], starts
        if line is not None:
            block.append(line)
    return found


def _converted(text):
    kept = []

    def keep(value):
        kept.append(value)
        return _PLACE.format(len(kept) - 1)

    text = _LINK.sub(lambda m: keep(f"`{' '.join(m[1].split())} <{m[2]}>`__"), text)
    text = _CODE.sub(lambda m: keep(f"``{m[1]}``"), text)
    text = "\n".join(
        line if _ARGUMENT.match(line) else re.sub(r"[*|]|_(?!\w)", r"\\\g<0>", line)
        for line in text.split("\n")
    )
    # A mark ends before a space or a sign, such as an escaped space.
    text = re.sub(r"(?<=\w)(?=\x01)|(?<=\x02)(?=\w)", r"\\ ", text)
    for number, value in enumerate(kept):
        text = text.replace(_PLACE.format(number), value)
    return text
