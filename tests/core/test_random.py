"""Noise: streams that do not disturb one another, rows that know only their seed."""

import json

import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from kgen.core.random import (
    NoiseSource,
    fold_rows,
    normal_rows,
    row_keys,
    row_seeds,
)


def test_same_seed_same_sequence_and_other_seed_another():
    def first_three(seed):
        source = NoiseSource(seed)
        return np.stack([source.next(training=True) for _ in range(3)])

    draws = first_three(1)
    assert np.array_equal(draws, first_three(1))
    assert not np.array_equal(draws, first_three(2))
    assert len(np.unique(draws, axis=0)) == 3


def test_draws_outside_training_leave_the_training_stream_alone():
    alone, disturbed = NoiseSource(0), NoiseSource(0)
    expected = [alone.next(training=True) for _ in range(3)]
    found = []
    for _ in range(3):
        found.append(disturbed.next(training=True))
        disturbed.next()
    assert np.array_equal(expected, found)
    assert not np.array_equal(disturbed.next(), alone.next())


def test_state_is_an_integer_weight_that_is_not_trained():
    source = NoiseSource(3)
    source.next()
    source.next(training=True)
    source.next(training=True)
    assert source.trainable_variables == []
    assert source.state.dtype == "int64"
    assert source.state.numpy().tolist() == [3, 2, 1]


def test_large_seeds_are_kept_apart():
    draws = [NoiseSource(seed).next().numpy() for seed in (0, 2**31, 2**40)]
    assert len(np.unique(draws, axis=0)) == 3


def test_rows_of_unseeded_calls_never_repeat():
    source = NoiseSource(0)
    first, second = source.next_rows(3), source.next_rows(3)
    assert len(np.unique([first, second])) == 6
    assert source.state.numpy().tolist() == [0, 0, 2]


def test_advances_inside_a_graph():
    source = NoiseSource(0)
    graph = tf.function(lambda: source.next(training=True))
    assert not np.array_equal(graph(), graph())


def test_row_seeds_are_a_prefix_and_survive_json():
    seeds = row_seeds(7, 100)
    assert np.array_equal(seeds[:10], row_seeds(7, 10))
    assert len(np.unique(seeds)) == 100
    assert seeds.min() >= 0 and seeds.max() < 2**53
    # JSON numbers are doubles in most readers.
    assert [int(float(seed)) for seed in seeds] == json.loads(
        json.dumps(seeds.tolist())
    )
    assert not np.array_equal(seeds, row_seeds(8, 100))


def test_noise_of_a_row_depends_on_its_seed_alone():
    seeds = row_seeds(0, 6)
    whole = normal_rows(row_keys(seeds), (2, 3))
    assert whole.shape == (6, 2, 3)
    part = normal_rows(row_keys(seeds[[4, 1]]), (2, 3))
    assert np.array_equal(part, whole.numpy()[[4, 1]])
    folded = normal_rows(fold_rows(row_keys(seeds), 1), (2, 3))
    assert not np.any(folded == whole)


@pytest.mark.parametrize("seeds", [row_seeds(0, 4000), np.arange(4000)])
def test_noise_is_standard_normal_within_and_between_rows(seeds):
    noise = tf.function(lambda: normal_rows(row_keys(seeds), (2,)))().numpy()
    assert stats.kstest(noise.ravel(), "norm").pvalue > 1e-3
    # The standard error of a correlation of n pairs is 1 / sqrt(n).
    assert abs(np.corrcoef(noise.T)[0, 1]) < 4 / np.sqrt(4000)
    assert abs(np.corrcoef(noise[:-1, 0], noise[1:, 0])[0, 1]) < 4 / np.sqrt(4000)
