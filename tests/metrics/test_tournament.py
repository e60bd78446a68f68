"""Tournaments of GANs against closed forms, and of trained ones."""

import keras
import numpy as np
import pytest
from scipy import stats

import kgen
from kgen.metrics.skill import skill_ratings
from kgen.metrics.tournament import tournament
from tests.metrics.test_rivals import NORMAL, shifted

SHIFTS = {"near": 0.5, "middle": 1.0, "far": 2.0}


def test_win_rates_are_those_of_the_normal_distribution():
    models = {name: shifted(shift) for name, shift in SHIFTS.items()}
    found = tournament(models, NORMAL, 4000)
    shifts = np.array(list(SHIFTS.values()))
    fooled = stats.norm.cdf(shifts / 2 - shifts[:, None])
    rates = (fooled + stats.norm.sf(shifts / 2)) / 2
    assert found["fooled"] == pytest.approx(fooled, abs=0.03)
    assert found["win_rates"] == pytest.approx(rates, abs=0.02)
    means = found["win_rates"].mean(axis=1)
    assert found["generators"] == dict(zip(SHIFTS, means, strict=True))
    losses = 1.0 - found["win_rates"].mean(axis=0)
    assert found["discriminators"] == pytest.approx(
        dict(zip(SHIFTS, losses, strict=True))
    )
    assert list(means) == sorted(means, reverse=True)


def test_the_datas_own_distribution_has_a_half_against_each():
    models = {"data": shifted(0.0, told=1.0), "far": shifted(3.0)}
    found = tournament(models, NORMAL, 4000)
    assert found["win_rates"][0] == pytest.approx([0.5, 0.5], abs=0.02)
    assert found["win_rates"][1, 1] < 0.1


def test_ratings_order_generators_by_their_distance():
    models = {str(shift): shifted(shift) for shift in (0.0, 0.5, 1.0, 2.0, 3.0)}
    rates = tournament(models, NORMAL, 1000)["win_rates"]
    ratings = skill_ratings(rates)["generators"]
    assert list(np.argsort(ratings)) == [4, 3, 2, 1, 0]


def test_checkpoints_of_a_run_show_its_progress():
    gan = shifted(3.0)
    start = kgen.GAN.from_config(gan.get_config())
    start.set_weights(gan.get_weights())
    gan.compile(keras.optimizers.Adam(0.05))
    gan.fit(NORMAL, batch_size=200, epochs=4, verbose=0)
    found = tournament({"start": start, "end": gan}, NORMAL, 1000)["generators"]
    assert found["end"] > found["start"] + 0.2


def test_seeds_fix_the_samples():
    models = {name: shifted(shift) for name, shift in SHIFTS.items()}
    one, same, other = (tournament(models, NORMAL, 50, s)["fooled"] for s in (0, 0, 1))
    assert np.all(one == same) and np.any(one != other)


def test_what_makes_no_sense_is_refused_by_name():
    models = {"a": shifted(1.0), "b": kgen.build("vae", (1,), latent_dim=1)}
    with pytest.raises(ValueError, match="`tournament` was given a VAE as b, which"):
        tournament(models, NORMAL)
    with pytest.raises(ValueError, match="models as a dict of 1, but expects"):
        tournament({"a": models["a"]}, NORMAL)
    with pytest.raises(ValueError, match="num_samples=0"):
        tournament(models, NORMAL, 0)
