"""Melodies as MIDI files, which players and notation programs open."""

from __future__ import annotations

import os
import pathlib

import numpy as np
from numpy.typing import ArrayLike

from kgen.data import melodies as codes_of

TICKS_PER_QUARTER = 480


def write_midi(
    melodies: ArrayLike,
    path: str | os.PathLike[str],
    quarters_per_minute: float = 80.0,
    steps_per_quarter: int = 2,
    program: int = 0,
) -> pathlib.Path:
    """Writes melodies to a MIDI file, one after another, with a bar of rest between.

    Args:
        melodies: Codes of `kgen.data.melodies`, ints `(n, steps)`, or one melody
            `(steps,)`.
        path: File to write, `.mid` or `.midi`; its folder is made.
        quarters_per_minute: Tempo, 4 to 1,000.
        steps_per_quarter: Steps in a quarter note: 2 for `"chorales"`, whose steps are
            eighths.
        program: Instrument of General MIDI, 0 to 127; 0 is a piano, 73 a flute.

    Returns:
        The path.

    Raises:
        ImportError: mido is not installed.
        ValueError: if these are no melodies, or for a number outside of its range.
        OSError: if the file cannot be written.

    Example:

    >>> path = kgen.data.write_midi([5, 0, 7, 0, 9, 0, 0, 0], f"{folder}/do_re_mi.mid")
    >>> path.name
    'do_re_mi.mid'
    """
    from kgen.core.checks.values import check_count, is_number
    from kgen.core.files import check_path, whole

    mido = _mido()
    melodies = codes_of.check_melodies("write_midi", melodies)
    path = check_path("write_midi", "path", path, (".mid", ".midi"))
    steps_per_quarter = check_count(
        "write_midi", "steps_per_quarter", steps_per_quarter
    )
    program = check_count("write_midi", "program", program, fewest=0)
    if TICKS_PER_QUARTER % steps_per_quarter or program > 127:
        raise ValueError(
            f"`write_midi` was given steps_per_quarter={steps_per_quarter} and "
            f"program={program}, but expects a divisor of {TICKS_PER_QUARTER} and 0 to "
            "127."
        )
    if not is_number(quarters_per_minute) or not 4 <= quarters_per_minute <= 1000:
        raise ValueError(
            f"`write_midi` was given quarters_per_minute={quarters_per_minute!r}, but "
            "expects a number from 4 to 1,000."
        )
    tempo = mido.bpm2tempo(quarters_per_minute)
    track = mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=tempo)])
    track.append(mido.Message("program_change", program=program))
    rest = [codes_of.REST] + [codes_of.HOLD] * (4 * steps_per_quarter - 1)
    joined = np.concatenate([[*melody, *rest] for melody in melodies])
    ticks, now = TICKS_PER_QUARTER // steps_per_quarter, 0
    for pitch, start, length in codes_of.notes(joined):
        for kind, when in (("note_on", start), ("note_off", start + length)):
            # A message says how long after the one before it comes.
            delay, now = ticks * (when - now), when
            track.append(mido.Message(kind, note=pitch, velocity=80, time=delay))
    file = mido.MidiFile(type=0, ticks_per_beat=TICKS_PER_QUARTER, tracks=[track])
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole(path) as partial:
        file.save(partial)
    return path


def _mido():
    try:
        import mido
    except ImportError as error:
        raise ImportError(
            "MIDI files are written by the package mido, which is not installed: pip "
            "install 'kgen[music]'."
        ) from error
    return mido
