"""Philox against the known answers of its authors, and in every mode."""

import numpy as np
import pytest
import tensorflow as tf

from kgen.core.philox import philox
from kgen.core.random import fold_rows, normal_rows, row_keys, row_seeds, uniform_rows

# `kat_vectors` of Random123, philox4x32 with 10 rounds: key, counter, words.
KNOWN = [
    ((0x0, 0x0), (0x0,) * 4, (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    (
        (0xFFFFFFFF,) * 2,
        (0xFFFFFFFF,) * 4,
        (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD),
    ),
    (
        (0xA4093822, 0x299F31D0),
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


@pytest.mark.parametrize(("key", "counter", "words"), KNOWN)
def test_known_answers(key, counter, words):
    counters = [tf.constant([[word]], tf.int64) for word in counter]
    found = philox(tf.constant([key], tf.int64), counters)
    assert found.numpy().tolist() == [list(words)]


def test_rows_and_blocks_are_as_if_alone():
    keys = np.array([[1, 2], [3, -4], [5, 6]])
    blocks = tf.range(3)[None]
    whole = philox(keys, (blocks, [[0]], [[7]], [[0]])).numpy()
    for row in range(3):
        for block in range(3):
            alone = philox(keys[row : row + 1], ([[block]], [[0]], [[7]], [[0]]))
            assert np.array_equal(whole[row, 4 * block : 4 * block + 4], alone[0])
    assert len(np.unique(whole)) == whole.size


@pytest.mark.parametrize("shape", [(), (1,), (5,), (2, 3)], ids=str)
def test_noise_is_the_same_under_xla(shape):
    keys = row_keys(row_seeds(0, 6))
    for draw in (normal_rows, uniform_rows):
        plain = draw(keys, shape)
        assert plain.shape == (6, *shape)
        by_xla = tf.function(lambda k, d=draw: d(k, shape), jit_compile=True)(keys)
        np.testing.assert_allclose(plain, by_xla, rtol=1e-5, atol=1e-6)


def test_uniform_noise_is_inside_the_unit_interval():
    noise = uniform_rows(row_keys(row_seeds(0, 100)), (1000,)).numpy()
    assert noise.min() > 0.0 and noise.max() < 1.0
    assert abs(noise.mean() - 0.5) < 4 / np.sqrt(12 * noise.size)


def test_folded_keys_differ_by_data_and_row():
    keys = row_keys(row_seeds(0, 4))
    folded = [fold_rows(keys, data).numpy() for data in (0, 1, 2)]
    assert len(np.unique(np.concatenate([keys, *folded]), axis=0)) == 16
    graph = tf.function(lambda data: fold_rows(keys, data))
    assert np.array_equal(graph(tf.constant(2)), folded[2])
