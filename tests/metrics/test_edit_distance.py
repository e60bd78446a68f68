"""The edit distance beside its definition."""

import functools

import numpy as np
import pytest

from kgen.metrics import edit_distance


def by_definition(x, y):
    """The fewest edits, by recursion."""

    @functools.cache
    def edits(i, j):
        if i == 0 or j == 0:
            return i + j
        replaced = edits(i - 1, j - 1) + (x[i - 1] != y[j - 1])
        return min(replaced, edits(i - 1, j) + 1, edits(i, j - 1) + 1)

    return edits(len(x), len(y))


@pytest.mark.parametrize("lengths", [(6, 6), (4, 9), (1, 3)])
def test_the_definition(lengths):
    rng = np.random.default_rng(0)
    x, y = (rng.integers(0, 3, (40, length)) for length in lengths)
    expected = [by_definition(tuple(a), tuple(b)) for a, b in zip(x, y, strict=True)]
    np.testing.assert_array_equal(edit_distance(x, y), expected)


def test_one_sequence_for_all_rows():
    x = np.random.default_rng(0).integers(0, 4, (5, 7))
    expected = edit_distance(x, np.repeat(x[:1], 5, axis=0))
    np.testing.assert_array_equal(edit_distance(x, x[:1]), expected)
    np.testing.assert_array_equal(edit_distance(x[:1], x), expected)
    assert expected[0] == 0


@pytest.mark.parametrize("wrong", [[1, 2], [[1.0, 2.0]], [[1], [2], [3]]])
def test_what_is_no_sequences_of_ints(wrong):
    with pytest.raises(ValueError, match="edit_distance"):
        edit_distance(wrong, [[1], [2]])
