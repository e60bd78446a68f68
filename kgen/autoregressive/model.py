"""The autoregressive model."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

import keras
import tensorflow as tf
from numpy.typing import ArrayLike

from kgen import likelihoods
from kgen.core.checks.limits import ABOVE_0
from kgen.core.hints import Data
from kgen.core.model import GenerativeModel
from kgen.core.random import uniform_rows
from kgen.core.scaling import scaling_for
from kgen.core.specs import Number
from kgen.core.verbs import verb
from kgen.likelihoods import check_logits
from kgen.networks.causal.causality import check_causal
from kgen.networks.causal.incremental import IncrementalNetwork
from kgen.networks.causal.layer import NotIncremental
from kgen.networks.causal.sampling import Canvas, by_image, by_position
from kgen.networks.inputs import (
    CONDITIONS,
    apply,
    check_output,
    check_takers,
    input_shape,
    output_activation,
)


class Autoregressive(GenerativeModel):
    r"""`p(x) = \prod_i p(x_i | x_1, ..., x_{i-1})`, each factor from one network.

    The network makes it a PixelCNN, a PixelRNN or a Transformer. Values come in raster
    order: row by row, in a row pixel by pixel, in a pixel channel by channel (red, then
    green given red, then blue given both). Training minimises `-log p(x)`, nats for
    each example, in one pass, as each position sees only earlier values. Samples are
    drawn position by position. With `"learned_gaussian"` sequences may have any units:
    the network sees them standardised by the data of the first `fit`.

    Args:
        network: Causal network `x -> parameters of p(x_i | ...)` of one of these kinds,
            where `p` is the number of parameters that the likelihood needs for a value.
            Images in [0, 1], `(height, width, channels) -> (height, width, channels *
            p)`, with the parameters of a channel side by side; grids of codes, ints,
            `(height, width) -> (height, width, p)`; sequences, `(steps, channels) ->
            (steps, channels * p)`; tokens, ints, `(steps,) -> (steps, p)`.
        likelihood: `"bernoulli"` (logits, binary data), `"categorical"` (a logit for
            each of 256 levels), `"discretized_logistic"`, `"logistic_mixture"`
            (PixelCNN++), `"codes"` (data of ints), `"gaussian"`, `"learned_gaussian"`,
            or an instance of a class in `kgen.likelihoods`.
        data_shape: Shape of the data, if the network takes it flattened, as tokens: the
            levels of an image, or a grid of codes, in raster order.
        **kwargs: See `GenerativeModel`.

    Raises:
        ValueError: if the network's output does not fit, or depends on later values at
            one of some checked positions.

    Example:

    >>> network = kgen.networks.pixelcnn((8, 8, 1), width=8, num_blocks=2)
    >>> model = kgen.Autoregressive(network, likelihood="bernoulli", seed=0)
    >>> model.compile("adam")
    >>> model.log_prob(np.zeros((3, 8, 8, 1))).shape  # Exact, nats.
    TensorShape([3])
    >>> model.sample(16, seed=0).shape
    TensorShape([16, 8, 8, 1])

    References:
        [van den Oord et al., 2016](https://arxiv.org/abs/1601.06759) (PixelRNN and
        PixelCNN),
        [van den Oord et al., 2016](https://arxiv.org/abs/1606.05328) (gated,
        conditional)
    """

    changeable = {}
    row_options = {"temperature": Number(ABOVE_0)}

    def __init__(
        self,
        network: keras.Model,
        likelihood: str | likelihoods.Likelihood = "bernoulli",
        data_shape: Sequence[int] | None = None,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        self.network = network
        self.likelihood = likelihoods.get(likelihood, likelihoods.AUTOREGRESSIVE)
        check_takers(self, network)
        self.data_shape = tuple(data_shape or input_shape(network, "x"))
        self._check_network()
        self.scaling = scaling_for(self)

    @property
    def num_data_codes(self):
        """Number of codes, if data is of ints."""
        codes = isinstance(self.likelihood, likelihoods.Codes)
        return self.likelihood.levels if codes else None

    def adapt(self, data):
        """Takes mean and deviation of the first data, if the model standardises it."""
        self.scaling.adapt(self, data)

    @property
    def channels(self):
        """Number of values at a position of the network; 1 if it takes ints."""
        return 1 if self._takes_ints else self.data_shape[-1]

    def parameters(self, x, labels=None, training=False):
        """The parameters of each value given the values before it.

        Args:
            x: Data `(batch, *data_shape)`.
            labels: int32 `(batch,)` or `None`.
            training: Whether layers run in training mode.

        Returns:
            float32 `(batch, ..., channels * p)`, in the order of the likelihood.
        """
        output = apply(self.network, self._as_input(x), labels, training)
        shape, channels = self.data_shape, 1
        if self.num_data_codes is None:
            *shape, channels = shape
        output = tf.reshape(output, [-1, *shape, self.likelihood.num_outputs(channels)])
        return self._arranged(output, channels)

    def _arranged(self, output, channels):
        """The parameters in the order of the likelihood."""
        likelihood = self.likelihood
        if likelihood.joint or likelihood.by_channel or channels == 1:
            return output
        *shape, size = output.shape[1:]
        kinds = tf.reshape(output, [-1, *shape, channels, size // channels])
        return tf.reshape(tf.linalg.matrix_transpose(kinds), [-1, *shape, size])

    def objective(self, x, labels=None, training=False):
        """`-log p(x)`, nats, `(batch,)`."""
        return {"loss": -self._log_prob(x, labels, training)}

    @verb
    def log_prob(self, x: Data, labels: ArrayLike | None = None) -> tf.Tensor:
        """log p(x), exact, nats, `(batch,)`; a density for real values."""
        return self._log_prob(x, labels)

    def _log_prob(self, x, labels, training=False):
        parameters = self.parameters(x, labels, training)
        log_prob = self.likelihood.log_prob(parameters, self.scaling.scale(x))
        return log_prob - self.scaling.log_det_scaling()

    @verb(returns="x")
    def sample(
        self,
        num_samples: int | None = None,
        labels: ArrayLike | None = None,
        seed: int | ArrayLike | None = None,
        temperature: float = 1.0,
        given: ArrayLike | None = None,
        known: ArrayLike | None = None,
        cached: bool | None = None,
    ) -> tf.Tensor:
        """Draws from the model, `(num_samples, *data_shape)`.

        With `given` and `known` it completes partial data: known values stay, and the
        others are drawn in raster order, each given all values before it. This is a
        draw from `p(x | known)` if the known values come first, such as the upper rows
        or the first steps. Known values have no influence on earlier values.

        Args:
            num_samples: Number of draws; by default the number of `labels`, of rows of
                `given` or of seeds.
            labels: Class of each draw, if the model is conditional.
            seed: An int, a vector of one int per draw, or `None`.
            temperature: Below 1 draws keep to likely values, above 1 they vary more.
                Logits are divided by it; the variance of a Gaussian and the scale of a
                logistic are multiplied by it.
            given: Data `(batch, *data_shape)` to complete; with a likelihood over
                levels, the nearest levels.
            known: Bools that broadcast to the shape of `given`.
            cached: Whether layers keep what they have computed, so that a position
                costs only its new values. `False` runs the whole network for each
                position; both draw the same. `None` is `True` if all layers of the
                network allow it.

        Raises:
            ValueError: for a temperature that is no number above 0, or `cached=True`
                with a layer that does not allow it.
        """
        incremental = None if cached is False else self._incremental(required=cached)
        canvas = self._canvas(seed, temperature, given, known)
        if incremental is not None:
            values = by_position(incremental, canvas, labels)
        else:
            values = by_image(partial(self._on_canvas, labels), canvas)
        values = tf.reshape(values, [-1, *self.data_shape])
        if self._flattens:
            values = self.likelihood.from_support(values)
        values = tf.cast(values, tf.int32 if self.num_data_codes else tf.float32)
        return self.scaling.unscale(values)

    def _incremental(self, required):
        """The network position by position, or `None` if a layer does not allow it."""
        try:
            return IncrementalNetwork(self.network)
        except NotIncremental as error:
            if not required:
                return None
            raise ValueError(
                f"The network cannot be run position by position: {error} Leave cached "
                "out, or write that layer as a kgen.networks.causal.CausalLayer."
            ) from error

    def _on_canvas(self, labels, image):
        """The network's output for an image, `(batch, rows, width, parameters)`."""
        x = tf.reshape(image, [-1, *input_shape(self.network, "x")])
        output = apply(self.network, x, labels)
        return tf.reshape(output, [-1, *image.shape[1:3], output.shape[-1]])

    def _canvas(self, keys, temperature, given, known):
        """The `Canvas` of a call of `sample`."""
        *positions, _ = self.network.output_shape[1:]
        shape = [*(1, *positions)[-2:], self.channels]  # A sequence is one row.
        dtype = tf.int32 if self._takes_ints else tf.float32
        if given is None:
            whole = [tf.shape(keys)[0], *shape]
            given, known = tf.zeros(whole, dtype), tf.zeros(whole, bool)
        else:
            given = tf.reshape(self._as_input(given), [-1, *shape])
            known = tf.reshape(known, [-1, *shape])
        channels = () if self._takes_ints else shape[-1:]
        num_uniforms = self.likelihood.num_uniforms(self.channels)

        def draw(parameters, u):
            parameters = self._arranged(parameters, self.channels)
            value = self.likelihood.quantile(parameters, u, temperature)
            return self.likelihood.to_support(value) if self._flattens else value

        return Canvas(
            given=given,
            known=known,
            u=uniform_rows(keys, (*shape[:-1], num_uniforms)),
            draw=draw,
            passes=1 if self.likelihood.joint else self.channels,
            position_shape=(*[1] * len(positions), *channels),
        )

    def _as_input(self, x):
        """Data as the network's input."""
        if not self._flattens:
            return self.scaling.scale(self.likelihood.nearest(x))
        tokens = tf.cast(self.likelihood.to_support(x), tf.int32)
        return tf.reshape(tokens, [-1, math.prod(self.data_shape)])

    @property
    def _flattens(self):
        """Whether the network takes data as tokens, in raster order."""
        return self.data_shape != input_shape(self.network, "x")

    @property
    def _takes_ints(self):
        return self._flattens or self.num_data_codes is not None

    def _check_network(self):
        """Checks that network, data and likelihood fit together."""
        taken, name = input_shape(self.network, "x"), type(self.likelihood).__name__
        positions = taken if self._takes_ints else taken[:-1]
        if self._flattens and taken != (math.prod(self.data_shape),):
            raise ValueError(
                f"The network takes x of shape {taken}, but data of shape "
                f"{self.data_shape} flattened has shape "
                f"({math.prod(self.data_shape)},). Build it for this number of tokens, "
                "or leave data_shape out."
            )
        if self._flattens and (self.likelihood.joint or not self.likelihood.discrete):
            raise ValueError(
                f"The likelihood {name} is for whole pixels or real values, but tokens "
                "are single levels. Choose 'bernoulli' or 'categorical'."
            )
        if None in taken:
            raise ValueError(
                f"The network takes x of shape {taken}, but samples need a fixed size. "
                "Build it with one."
            )
        (x,) = [
            tensor for tensor in self.network.inputs if tensor.name not in CONDITIONS
        ]
        if self._takes_ints != x.dtype.startswith("int"):
            kind = "ints" if self._takes_ints else "float32 values"
            raise ValueError(
                f"The network takes x of type {x.dtype}, but the likelihood {name} and "
                f"data of shape {self.data_shape} give it {kind}."
            )
        expected = (*positions, self.likelihood.num_outputs(self.channels))
        if len(positions) not in (1, 2):
            raise ValueError(
                f"The network takes x of shape {taken}, but data has to have one axis "
                "of positions (a sequence) or two (an image)."
            )
        because = f"x of shape {taken} and the likelihood {name}"
        check_output("network", self.network, expected, because)
        check_logits(self.likelihood, output_activation(self.network))
        levels = getattr(self.likelihood, "levels", 2) if self._takes_ints else None
        channels = self.channels if self.likelihood.joint else 1
        check_causal(self.network, channels, levels)
