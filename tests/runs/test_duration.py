"""The time that a run will take, after as few epochs as possible."""

import pytest

from kgen.runs import duration
from kgen.runs.duration import TellDuration, estimate, in_words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "1 s"),
        (89.4, "89 s"),
        (90, "2 min"),
        (5_900, "98 min"),
        (7_800, "2 h 10 min"),
    ],
)
def test_durations_in_words(seconds, words):
    assert in_words(seconds) == words


def test_the_estimate_is_the_number_of_epochs_times_the_last_one():
    assert estimate(1, 30) == "The remaining 1 epoch takes about 30 s."
    assert estimate(48, 2.5) == "The remaining 48 epochs take about 2 min."


def told(monkeypatch, capsys, durations, first_step=1.0, done_before=0):
    """What is printed before each epoch of a run of epochs of these durations."""
    now = [0.0]
    monkeypatch.setattr(duration.time, "monotonic", lambda: now[0])
    callback = TellDuration()
    callback.set_params({"epochs": done_before + len(durations)})
    callback.on_train_begin()
    lines = []
    for epoch, seconds in enumerate(durations, start=done_before):
        callback.on_epoch_begin(epoch)
        lines.append(capsys.readouterr().out.strip())
        now[0] += first_step
        callback.on_train_batch_end(0)
        now[0] += seconds - first_step
        callback.on_epoch_end(epoch)
    return lines


def test_short_epochs_are_told_after_the_second_which_traces_no_graph(
    monkeypatch, capsys
):
    lines = told(monkeypatch, capsys, [9.0, 2.0, 2.0, 2.0, 2.0], first_step=1.5)
    expected = "The remaining 3 epochs take about 6 s."
    assert lines == ["", "", expected, "", ""]


def test_long_epochs_are_told_after_the_first_without_its_first_step(
    monkeypatch, capsys
):
    lines = told(monkeypatch, capsys, [70.0, 60.0], first_step=10.0)
    assert lines == ["", "The remaining 1 epoch takes about 60 s."]
    assert told(monkeypatch, capsys, [70.0]) == [""]


def test_a_resumed_run_counts_what_is_left(monkeypatch, capsys):
    lines = told(monkeypatch, capsys, [5.0] * 4, done_before=96)
    assert lines[2] == "The remaining 2 epochs take about 10 s."
