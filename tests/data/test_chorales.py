"""Bach's chorales: the reader of scores beside music21's own, and the split."""

import pathlib
import zipfile

import numpy as np
import pytest

import kgen
from kgen.cli.errors import sentence
from kgen.data import chorales, melodies
from kgen.data.melodies import Note

CONTAINER = (
    '<container><rootfiles><rootfile full-path="score.xml"/></rootfiles></container>'
)
PARTS = "".join(f'<score-part id="P{i}"/>' for i in range(4))
METER = "<time><beats>4</beats><beat-type>4</beat-type></time>"


def xml_note(step, octave, duration, more=""):
    pitch = f"<pitch><step>{step}</step><octave>{octave}</octave></pitch>"
    pitch = pitch if step else "<rest/>"
    return f"<note>{pitch}<duration>{duration}</duration>{more}</note>"


def write_score(path, bars, parts=PARTS, meter=METER):
    """A score whose quarters have two divisions; further parts are empty."""
    start = f"<attributes><divisions>2</divisions>{meter}</attributes>"
    bars = "".join(
        f"<measure>{start * (index == 0)}{bar}</measure>"
        for index, bar in enumerate(bars)
    )
    score = f"<score-partwise><part-list>{parts}</part-list><part>{bars}</part>"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("META-INF/container.xml", CONTAINER)
        archive.writestr("score.xml", f"{score}</score-partwise>")
    return path


def test_a_score_with_an_upbeat_a_tie_and_a_rest(tmp_path):
    tied = (
        xml_note("E", 4, 4, '<tie type="start"/>'),
        xml_note("E", 4, 2, '<tie type="stop"/>'),
    )
    bars = [
        xml_note("C", 4, 2),
        xml_note("D", 4, 4) + tied[0],
        tied[1] + xml_note("F", 4, 4) + xml_note(None, None, 2),
    ]
    assert chorales.read_soprano(write_score(tmp_path / "a.mxl", bars)) == [
        Note(60, -1.0, 1.0),
        Note(62, 0.0, 2.0),
        Note(64, 2.0, 3.0),
        Note(65, 5.0, 2.0),
        Note(None, 7.0, 1.0),
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"meter": METER.replace(">4</beats>", ">3</beats>")},
        {"parts": PARTS.replace('<score-part id="P3"/>', "")},
        {"bars": ["<backup><duration>2</duration></backup>"]},
        {"bars": [xml_note("C", 4, 8), xml_note("C", 4, 4), xml_note("C", 4, 8)]},
    ],
    ids=["three quarters", "three parts", "two voices", "a short bar"],
)
def test_scores_without_bars_of_four_quarters_are_left_out(tmp_path, change):
    given = {"bars": [xml_note("C", 4, 8)], **change}
    path = write_score(tmp_path / "a.mxl", **given)
    assert chorales.read_soprano(path) is None


def test_excerpts_are_four_whole_bars():
    quarters = [Note(60 + i % 8, float(i), 1.0) for i in range(-1, 20)]
    found = chorales.excerpts(quarters)
    assert found.shape == (2, 32) and found.dtype == "int32"
    np.testing.assert_array_equal(found[0, :4], [5, 0, 6, 0])
    np.testing.assert_array_equal(found[1, 0:32:2], [5 + i % 8 for i in range(4, 20)])
    # The last note begins at a sixteenth: the excerpt with it is left out.
    off = [*quarters[:-1], Note(60, 18.75, 1.0)]
    np.testing.assert_array_equal(chorales.excerpts(off), found[:1])


def test_settings_of_one_tune_are_told_by_eight_notes():
    rng = np.random.default_rng(0)
    first, second = (rng.integers(10, 20, (2, 32)).astype("int32") for _ in range(2))
    both = np.concatenate([melodies.transposed(first[:1], 3), second[:1]])
    half = first[1:].copy()
    half[0, 16:] = second[0, :16]  # Two bars of another tune.
    alone = np.where(np.arange(32) % 8, melodies.HOLD, first)  # Four notes.
    few = melodies.transposed(alone, 1)
    assert list(chorales.tunes([first, second])) == [0, 1]
    assert len(set(chorales.tunes([first, second, both]))) == 1
    assert len(set(chorales.tunes([first, second, half]))) == 1
    assert len(set(chorales.tunes([alone, few]))) == 2


def test_without_music21(monkeypatch):
    monkeypatch.setattr(chorales.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(
        ImportError, match=r"'chorales'.*music21.*kgen\[music\]"
    ) as info:
        chorales.scores()
    assert sentence(info.value) == str(info.value)  # On the command line, too.


def by_music21(path):
    """The soprano's notes as music21 reads them, with times from the first bar on."""
    import music21

    part = music21.converter.parse(path).parts[0]
    bars = list(part.getElementsByClass("Measure"))
    upbeat = bars[1].offset if bars[1].offset < 4 else 0
    flat = part.flatten().stripTies().notesAndRests
    return [
        Note(
            None if n.isRest else max(pitch.midi for pitch in n.pitches),
            float(n.offset - upbeat),
            float(n.quarterLength),
        )
        for n in flat
        if n.quarterLength  # Else it is a grace note.
    ]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["bwv1.6", "bwv10.7", "bwv248.9-1"])
def test_music21_reads_the_same(name):
    (path,) = [path for path in chorales.scores() if path.stem == name]
    assert chorales.read_soprano(path) == by_music21(path)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_music21_reads_all_the_same():
    different = [
        path.name
        for path in chorales.scores()
        if chorales.read_soprano(path) not in (None, by_music21(path))
    ]
    assert different == []


@pytest.mark.slow
def test_no_held_out_melody_is_in_training_in_any_key():
    train, test = (chorales.load_split(split) for split in ("train", "test"))
    assert len(train) > 10_000 and len(test) > 300
    seen = {melody.tobytes() for melody in train}
    shared = [melody for melody in test if melody.tobytes() in seen]
    # Those that agree have long notes, by which no tune is known.
    assert all(melodies.num_notes(melody)[0] < chorales.ALIKE for melody in shared)
    assert len(shared) < 0.01 * len(test)


@pytest.mark.slow
def test_loaded_as_batches_of_ints():
    train, test = kgen.data.load("chorales", batch_size=50)
    assert train.num_codes == test.num_codes == melodies.NUM_CODES
    assert train.levels is None and train.num_classes == 1
    assert train.element_spec[0].shape == (None, 32)
    x, labels = next(test.as_numpy_iterator())
    assert x.dtype == "int32" and labels.dtype == "int32" and not labels.any()
    np.testing.assert_array_equal(x, chorales.load_split("test")[:50])


def test_the_scores_are_found():
    paths = chorales.scores()
    assert len(paths) > 400 and all(isinstance(path, pathlib.Path) for path in paths)
