"""Causal attention beside Keras' own operation."""

import keras
import numpy as np
import pytest

from kgen.networks.causal import attention


@pytest.mark.parametrize("block", [3, 7, 100])
def test_blocks_are_the_attention_of_keras(monkeypatch, block):
    monkeypatch.setattr(attention, "BLOCK", block)
    x = np.random.default_rng(0).normal(size=(2, 7, 6)).astype("float32")
    layer = attention.CausalSelfAttention(num_heads=3)
    found = layer(x)
    parts = np.split(np.asarray(layer.project(x)), 3, axis=-1)
    heads = [part.reshape(2, 7, 3, 2) for part in parts]
    expected = keras.ops.dot_product_attention(*heads, is_causal=True)
    expected = layer.merge(keras.ops.reshape(expected, (2, 7, 6)))
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
