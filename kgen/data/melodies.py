"""Melodies of one voice as ints, one for each step of time.

A code says what happens at a step: `HOLD` goes on with what was before, `REST` begins a
rest, and any other code begins a note. `LOWEST` to `HIGHEST` are the pitches, as MIDI
numbers; the code of a pitch is `pitch - LOWEST + 2`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

HOLD, REST = 0, 1
FIRST = 2  # The code of the lowest pitch.
LOWEST, HIGHEST = 57, 84  # A below the middle C, to the C two octaves above it.
NUM_CODES = FIRST + HIGHEST - LOWEST + 1


class Note(NamedTuple):
    """A note, or a rest, of a melody.

    Attributes:
        pitch: MIDI number, 60 is the middle C; `None` for a rest.
        start: Time at which it begins.
        length: How long it lasts.
    """

    pitch: int | None
    start: float
    length: float


def check_melodies(name: str, melodies: ArrayLike) -> np.ndarray:
    """Melodies as an array `(n, steps)`.

    Args:
        name: Name of the function that takes them, for the error.
        melodies: Ints `(n, steps)`, or one melody `(steps,)`.

    Raises:
        ValueError: if they are no ints from 0 to `NUM_CODES - 1` of such a shape.
    """
    from kgen.core.checks.containers import numbers  # It imports TensorFlow.

    melodies = numbers(name, "melodies", melodies, rows=1)
    if melodies.ndim > 2 or melodies.dtype.kind not in "iu":
        raise ValueError(
            f"`{name}` was given melodies of shape {melodies.shape} and type "
            f"{melodies.dtype}, but expects ints (n, steps), or one melody (steps,)."
        )
    if melodies.min() < 0 or melodies.max() >= NUM_CODES:
        raise ValueError(
            f"`{name}` was given melodies with codes from {melodies.min()} to "
            f"{melodies.max()}, but expects 0 to {NUM_CODES - 1}."
        )
    return np.atleast_2d(melodies).astype("int32")


def notes(melody: ArrayLike) -> list[Note]:
    """The notes of a melody, with times in steps; rests are left out.

    Args:
        melody: Codes `(steps,)`.

    Raises:
        ValueError: if it is no melody.

    Example:

    >>> from kgen.data import melodies
    >>> melodies.notes([5, 0, 7, 1])
    [Note(pitch=60, start=0, length=2), Note(pitch=62, start=2, length=1)]
    """
    (melody,) = check_melodies("notes", melody)
    starts = [*np.flatnonzero(melody != HOLD), len(melody)]
    return [
        Note(int(melody[start]) - FIRST + LOWEST, int(start), int(end - start))
        for start, end in zip(starts, starts[1:], strict=False)
        if melody[start] >= FIRST
    ]


def encoded(notes: list[Note], num_steps: int) -> np.ndarray | None:
    """The codes of notes and rests, int32 `(num_steps,)`; the inverse of `notes`.

    Args:
        notes: Notes in the order of time, times in steps. The last one that begins
            before step 0 sounds in the first step.
        num_steps: Number of steps.

    Returns:
        Codes; `None` if notes do not begin at whole steps, or if one is too low or too
        high.
    """
    codes = np.full(num_steps, HOLD, "int32")
    for pitch, start, length in notes:
        if start >= num_steps or start + length <= 0:
            continue
        step = max(start, 0)
        if step != int(step) or not (pitch is None or LOWEST <= pitch <= HIGHEST):
            return None
        codes[int(step)] = REST if pitch is None else pitch - LOWEST + FIRST
    return codes


def num_notes(melodies: ArrayLike) -> np.ndarray:
    """Number of notes that begin in each melody, ints `(n,)`.

    Args:
        melodies: Codes `(n, steps)`.

    Raises:
        ValueError: if these are no melodies.
    """
    return np.sum(check_melodies("num_notes", melodies) >= FIRST, axis=1)


def transposed(melodies: ArrayLike, semitones: int) -> np.ndarray:
    """Melodies, each note higher by some semitones, int32 `(m, steps)`.

    Args:
        melodies: Codes `(n, steps)`. Those that would leave the pitches that have a
            code are left out.
        semitones: Any int.

    Raises:
        ValueError: if these are no melodies.
    """
    melodies = check_melodies("transposed", melodies)
    moved = np.where(melodies >= FIRST, melodies + semitones, melodies)
    legal = (melodies < FIRST) | ((moved >= FIRST) & (moved < NUM_CODES))
    return moved[legal.all(axis=1)]


def piano_rolls(melodies: ArrayLike) -> np.ndarray:
    """Melodies as pictures: time to the right, pitch upward; a note's start is white.

    Args:
        melodies: Codes `(n, steps)`, or in a grid `(rows, columns, steps)`.

    Returns:
        float32 images in [0, 1], `(n, pitches, steps, 1)`, or in that grid, for
        `kgen.plots.save_samples`.

    Raises:
        ValueError: if these are no melodies.

    Example:

    >>> from kgen.data import melodies
    >>> rolls = melodies.piano_rolls([[5, 0, 7, 1]])
    >>> rolls.shape, rolls[0, -4, :, 0]
    ((1, 28, 4, 1), array([1. , 0.6, 0. , 0. ], dtype=float32))
    """
    grid = np.shape(melodies)[:-1]
    if len(grid) == 2:
        melodies = np.reshape(melodies, (-1, np.shape(melodies)[-1]))
    codes = check_melodies("piano_rolls", melodies)
    rolls = np.zeros((len(codes), HIGHEST - LOWEST + 1, codes.shape[1]), "float32")
    for roll, melody in zip(rolls, codes, strict=True):
        for pitch, start, length in notes(melody):
            row = HIGHEST - pitch
            roll[row, start : start + length] = 0.6
            roll[row, start] = 1.0
    return rolls.reshape(*(grid or (1,)), *rolls.shape[1:], 1)
