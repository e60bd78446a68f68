"""Sequences of ints as images."""

import numpy as np

from kgen.core.rolls import TALLEST, rolled


def test_steps_go_to_the_right_and_codes_upward():
    images = rolled(np.array([[0, 2, 1], [1, 1, 1]]))
    assert images.shape == (2, 3, 3, 1)
    assert images[0, :, :, 0].tolist() == [[0, 1, 0], [0, 0, 1], [1, 0, 0]]


def test_many_codes_share_rows():
    x = np.array([[0, 999_999], [500_000, 1]])
    images = rolled(x)
    assert images.shape == (2, TALLEST, 2, 1)
    assert images.sum((1, 2, 3)).tolist() == [2, 2]
    assert images[0, -1, 0, 0] == images[0, 0, 1, 0] == 1


def test_anything_else_stays():
    for x in (np.zeros((3, 2)), np.zeros((1, 2, 2, 1), int), -np.ones((3, 2), int)):
        assert rolled(x) is x
