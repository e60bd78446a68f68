"""Melodies as ints, as notes, as pictures and as MIDI files."""

import mido
import numpy as np
import pytest

import kgen
from kgen.data import melodies
from kgen.data.melodies import FIRST, HIGHEST, HOLD, LOWEST, NUM_CODES, REST, Note

C, D = 60 - LOWEST + FIRST, 62 - LOWEST + FIRST
RNG = np.random.default_rng(0)
RANDOM = RNG.integers(0, NUM_CODES, (20, 16), dtype="int32")
RANDOM[:, 0] = C


def test_notes_hold_until_the_next_code():
    found = melodies.notes([C, HOLD, HOLD, D, REST, HOLD, C])
    assert found == [Note(60, 0, 3), Note(62, 3, 1), Note(60, 6, 1)]
    assert melodies.notes([HOLD, HOLD]) == []


def test_codes_of_notes_are_the_melody():
    for melody in RANDOM:
        sounds = melodies.notes(melody)
        rests = [Note(None, i, 1) for i in np.flatnonzero(melody == REST)]
        both = sorted([*sounds, *rests], key=lambda note: note.start)
        np.testing.assert_array_equal(melodies.encoded(both, 16), melody)


def test_a_note_from_before_sounds_in_the_first_step():
    codes = melodies.encoded([Note(60, -3, 2), Note(62, -1, 2), Note(60, 9, 1)], 3)
    np.testing.assert_array_equal(codes, [D, HOLD, HOLD])


@pytest.mark.parametrize(
    "note", [Note(60, 0.5, 1), Note(LOWEST - 1, 0, 1), Note(HIGHEST + 1, 0, 1)]
)
def test_what_has_no_code_has_no_codes(note):
    assert melodies.encoded([note], 4) is None


def test_number_of_notes():
    expected = [len(melodies.notes(melody)) for melody in RANDOM]
    np.testing.assert_array_equal(melodies.num_notes(RANDOM), expected)


def test_transposed_melodies_have_other_pitches_and_the_same_rhythm():
    low = np.where(RANDOM >= FIRST, 5 + RANDOM % 10, RANDOM)
    for melody, moved in zip(low, melodies.transposed(low, 4), strict=True):
        expected = [n._replace(pitch=n.pitch + 4) for n in melodies.notes(melody)]
        assert melodies.notes(moved) == expected
    assert melodies.transposed([[C, HOLD], [NUM_CODES - 1, REST]], 1).tolist() == [
        [C + 1, HOLD]
    ]


def test_a_piano_roll_has_a_row_for_each_pitch():
    rolls = melodies.piano_rolls([[C, HOLD, REST, D]])
    assert rolls.shape == (1, HIGHEST - LOWEST + 1, 4, 1)
    assert rolls[0, HIGHEST - 60, :, 0].tolist() == pytest.approx([1.0, 0.6, 0.0, 0.0])
    assert rolls[0, HIGHEST - 62, :, 0].tolist() == [0.0, 0.0, 0.0, 1.0]
    assert rolls.sum() == pytest.approx(2.6)
    grid = melodies.piano_rolls(RANDOM.reshape(4, 5, 16))
    assert grid.shape == (4, 5, HIGHEST - LOWEST + 1, 16, 1)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ([[0.5, 1.0]], "float64"),
        ([[0, NUM_CODES]], f"0 to {NUM_CODES}"),
        (np.zeros((1, 1, 1), int), "(1, 1, 1)"),
    ],
)
def test_what_is_no_melody_is_refused(wrong, words):
    with pytest.raises(ValueError) as info:
        melodies.num_notes(wrong)
    assert "`num_notes` was given melodies" in str(info.value)
    assert words in str(info.value)


def read_midi(path):
    """Pitch, start and length of each note, in ticks, by mido's reader."""
    found, sounding, now = [], {}, 0
    for message in mido.MidiFile(path).tracks[0]:
        now += message.time
        if message.type == "note_on":
            sounding[message.note] = now
        elif message.type == "note_off":
            start = sounding.pop(message.note)
            found.append((message.note, start, now - start))
    assert not sounding
    return found


def test_midi_holds_the_notes(tmp_path):
    path = kgen.data.write_midi(
        RANDOM[:2], tmp_path / "new" / "two.mid", 120, 4, program=73
    )
    ticks = 480 // 4
    expected = [
        (n.pitch, ticks * (n.start + offset), ticks * n.length)
        for melody, offset in zip(RANDOM, (0, 32), strict=False)  # A bar between them.
        for n in melodies.notes(melody)
    ]
    assert read_midi(path) == expected
    track = mido.MidiFile(path).tracks[0]
    assert [m.tempo for m in track if m.type == "set_tempo"] == [500_000]
    assert [m.program for m in track if m.type == "program_change"] == [73]


@pytest.mark.filterwarnings("ignore")
def test_music21_reads_the_midi_file(tmp_path):
    from music21 import midi

    path = kgen.data.write_midi([C, HOLD, D, REST], tmp_path / "one.mid")
    file = midi.MidiFile()
    file.open(str(path))
    file.read()
    file.close()
    pitches = [e.pitch for e in file.tracks[0].events if e.isNoteOn()]
    assert pitches == [60, 62] and file.ticksPerQuarterNote == 480


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"path": "a.wav"}, ".mid or .midi"),
        ({"steps_per_quarter": 7}, "a divisor of 480"),
        ({"program": 128}, "0 to 127"),
        ({"quarters_per_minute": 0}, "4 to 1,000"),
        ({"melodies": [C, -1]}, "-1"),
    ],
)
def test_midi_of_wrong_arguments(tmp_path, options, words):
    given = {"melodies": [C], "path": tmp_path / "a.mid", **options}
    with pytest.raises(ValueError) as info:
        kgen.data.write_midi(**given)
    assert words in str(info.value)
