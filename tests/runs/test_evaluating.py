"""`kgen evaluate`: several runs side by side, a report, and runs that cannot meet."""

import json

import pytest
from click.testing import CliRunner

from kgen import runs
from kgen.cli import main

pytestmark = pytest.mark.filterwarnings("ignore::kgen.metrics.FewSamplesWarning")
FIGURES = ["likelihood", "kernel_distance"]


def kgen(*arguments):
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert not result.exit_code, result.output
    return result.output


@pytest.fixture(scope="module")
def folders(tmp_path_factory, tfds_dir):
    folder = tmp_path_factory.mktemp("runs")
    for name, data in (("one", "moons"), ("other", "moons"), ("third", "circles")):
        options = ["--data", data, "--epochs", 1, "--set", "hidden=[4]"]
        options += ["--seed", 1 if name == "other" else 0]
        kgen("train", "vae", *options, "--run-dir", folder / name)
    return folder


@pytest.mark.slow
def test_runs_are_printed_side_by_side_with_a_report(folders, tmp_path):
    report = tmp_path / "report.html"
    pair = [folders / "one", folders / "other"]
    options = ["--figures", ",".join(FIGURES), "-n", 300, "--num-draws", 3]
    output = kgen("evaluate", *pair, *options, "--report", report)
    found = runs.evaluate(pair, FIGURES, num_samples=300, num_draws=3)
    lines = output.splitlines()
    assert lines[0] == "Held-out moons, 5000 examples:"
    assert lines[1].split() == [str(folder) for folder in pair]
    row = next(line.split() for line in lines if "kernel_distance" in line)
    values = [f"{each['kernel_distance']:.4g}" for each in found.values()]
    assert row == ["kernel_distance", *values, "lower"]
    assert next(line for line in lines if "elbo, nats" in line).count(" ± ") == 2
    assert f"{pair[1]}: Note: 5,000 held-out" in output
    assert f"Report: {report}" in output
    records = json.loads(report.with_suffix(".json").read_text())
    for folder in map(str, pair):
        figures = records[folder]["figures"]
        assert figures["elbo"]["value"] == pytest.approx(found[folder]["elbo"])
        assert found[folder].num_samples == records[folder]["num_samples"] == 300


def test_runs_of_different_data_and_the_same_run_twice_are_refused(folders):
    one, third = folders / "one", folders / "third"
    with pytest.raises(ValueError, match="different data: .*moons.*third.*circles"):
        runs.evaluate([one, third])
    with pytest.raises(ValueError, match="expects one folder or more, each once"):
        runs.evaluate([one, one])
    with pytest.raises(ValueError, match="expects one folder or more"):
        runs.evaluate([])


def test_all_that_can_be_computed_says_what_is_left_out(folders):
    options = ["--figures", "all", "--num-draws", 2, "-n", 80]
    output = kgen("evaluate", folders / "one", *options)
    assert "Left out: inception_score, a classifier needs images" in output
    assert "Left out: tournament, it compares models" in output
    assert "  geometry_score" in output and "  support" in output
