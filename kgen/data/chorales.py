"""The sopranos of Bach's chorales, from the scores that come with music21."""

from __future__ import annotations

import functools
import importlib.util
import pathlib
import zipfile
from xml.etree import ElementTree

import numpy as np

from kgen.data import melodies
from kgen.data.melodies import Note

STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
BAR = 4.0  # Quarter notes in a bar of 4/4.
STEPS_PER_QUARTER = 2
NUM_BARS = 4  # Of an example.
ALIKE = 8  # Notes by which a tune is known.
TRANSPOSITIONS = range(-3, 4)  # Of training data, in semitones.


def scores() -> list[pathlib.Path]:
    """The files of Bach's chorales in music21, which is not imported.

    Raises:
        ImportError: music21 is not installed.
    """
    found = importlib.util.find_spec("music21")
    if found is None or found.origin is None:
        raise ImportError(
            "The data set 'chorales' reads the scores that come with the package "
            "music21, which is not installed: pip install 'kgen[music]'."
        )
    return sorted((pathlib.Path(found.origin).parent / "corpus" / "bach").glob("*.mxl"))


def read_soprano(path: pathlib.Path) -> list[Note] | None:
    """The highest part of a chorale, note by note.

    Args:
        path: Compressed MusicXML file, `.mxl`.

    Returns:
        The notes, tied ones joined, of a chord the highest. Upbeats begin before 0.
        `None` for a score that is not in bars of 4/4 throughout, or has fewer than four
        parts.
    """
    with zipfile.ZipFile(path) as archive:
        contents = ElementTree.fromstring(archive.read("META-INF/container.xml"))
        with archive.open(contents.find(".//rootfile").get("full-path")) as file:
            num_parts, part = _first_part(file)
    meters = {(m.findtext("beats"), m.findtext("beat-type")) for m in part.iter("time")}
    if num_parts < 4 or meters != {("4", "4")}:
        return None
    notes, now, divisions, bars = [], 0.0, 1, []
    for measure in part.findall("measure"):
        bars.append(now)
        for element in measure:
            if element.tag == "attributes":
                divisions = float(element.findtext("divisions") or divisions)
            elif element.tag in ("backup", "forward"):
                return None  # Two voices in one part.
            elif element.tag == "note" and element.find("grace") is None:
                if element.find("chord") is not None:  # It sounds with the one before.
                    highest = max(notes[-1].pitch, _pitch_of(element))
                    notes[-1] = notes[-1]._replace(pitch=highest)
                    continue
                length = float(element.findtext("duration")) / divisions
                ends_tie = any(tie.get("type") == "stop" for tie in element.iter("tie"))
                pitch = _pitch_of(element)
                if ends_tie and notes and notes[-1].pitch == pitch:
                    notes[-1] = notes[-1]._replace(length=notes[-1].length + length)
                else:
                    notes.append(Note(pitch, now, length))
                now += length
    bars.append(now)
    return _from_first_bar(notes, bars)


def _first_part(file):
    """The number of parts of a score of MusicXML, and the first one; it reads no more.

    Args:
        file: The opened file.
    """
    num_parts = 0
    for _, element in ElementTree.iterparse(file):
        num_parts += element.tag == "score-part"
        if element.tag == "part":
            return num_parts, element
    raise ValueError(f"{file.name} has no part.")


def _pitch_of(note):
    """The MIDI number of a note of MusicXML; `None` for a rest."""
    pitch = note.find("pitch")
    if pitch is None:
        return None
    alter = int(float(pitch.findtext("alter") or 0))
    octave = int(pitch.findtext("octave"))
    return 12 * (octave + 1) + STEPS[pitch.findtext("step")] + alter


def _from_first_bar(notes, bars):
    """Notes with times from the first whole bar on; `None` if bars do not stay in step.

    Args:
        notes: Notes with times from the first one on.
        bars: Times at which bars begin, and that of the end.
    """
    upbeat = bars[1] if bars[1] < BAR else 0.0
    # A bar that a repeat divides has two parts, the second one out of step.
    whole = [a for a, b in zip(bars, bars[1:], strict=False) if b - a == BAR]
    if any((start - upbeat) % BAR for start in whole) or not whole:
        return None
    return [note._replace(start=note.start - upbeat) for note in notes]


def excerpts(notes: list[Note]) -> np.ndarray:
    """All excerpts of `NUM_BARS` whole bars as codes, int32 `(n, steps)`.

    Excerpts with notes that begin between two eighths, or with pitches that have no
    code, are left out.

    Args:
        notes: The result of `read_soprano`.
    """
    steps = int(NUM_BARS * BAR * STEPS_PER_QUARTER)
    end = notes[-1].start + notes[-1].length
    found = []
    for start in np.arange(0.0, end - NUM_BARS * BAR + 1, BAR):
        moved = [
            Note(n.pitch, *(STEPS_PER_QUARTER * t for t in (n.start - start, n.length)))
            for n in notes
        ]
        found.append(melodies.encoded(moved, steps))
    found = [codes for codes in found if codes is not None]
    return np.array(found, "int32").reshape(-1, steps)


def tunes(chorales: list[np.ndarray]) -> np.ndarray:
    """The number of each chorale's tune: Bach set many tunes several times.

    Two chorales have the same tune if two bars or four of both, with `ALIKE` notes or
    more, agree but for a transposition.

    Args:
        chorales: The excerpts of each chorale.
    """
    tune, owner = np.arange(len(chorales)), {}
    for index, codes in enumerate(chorales):
        for melody in (*codes, *codes.reshape(-1, codes.shape[1] // 2)):
            begins = melody >= melodies.FIRST
            if begins.sum() < ALIKE:
                continue
            above = melody - melody[begins][0]
            key = np.where(begins, melodies.NUM_CODES + above, melody).tobytes()
            tune[tune == tune[index]] = tune[owner.setdefault(key, index)]
    return tune


@functools.cache
def excerpts_of_chorales() -> tuple[np.ndarray, ...]:
    """The excerpts of all chorales, in the order of their files."""
    sopranos = (read_soprano(path) for path in scores())
    return tuple(excerpts(notes) for notes in sopranos if notes is not None)


def load_split(split: str) -> np.ndarray:
    """The melodies of one split, int32 `(n, 32)`.

    A fifth of the tunes is for `"test"`, in their own keys. Those of `"train"` come in
    all keys up to three semitones higher or lower that have codes.

    Args:
        split: `"train"` or `"test"`.

    Raises:
        ImportError: music21, which has the scores, is not installed.
    """
    chorales = excerpts_of_chorales()
    tune = tunes(list(chorales))
    order = np.random.RandomState(0).permutation(np.unique(tune))
    held_out = np.isin(tune, order[: len(order) // 5])
    wanted = held_out if split == "test" else ~held_out
    x = np.concatenate([chorales[index] for index in np.flatnonzero(wanted)])
    if split == "test":
        return x
    return np.concatenate([melodies.transposed(x, key) for key in TRANSPOSITIONS])
