"""Every step: invertible, its log determinant that of autodiff, all weights used."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow_probability import bijectors as tfb

from kgen import flows
from kgen.networks import MADE, conv_conditioner, mlp_conditioner

NUM_CLASSES, CONTEXT_DIM = 3, 2
BOTH = {"num_classes": NUM_CLASSES, "context_shape": CONTEXT_DIM}


class Tails(flows.Transform):
    """A user's transform: any increasing bijector of TFP's."""

    num_parameters = 2

    def bijector(self, parameters):
        skewness, log_tails = tf.unstack(parameters, axis=-1)
        return tfb.SinhArcsinh(skewness, tf.exp(log_tails))


TRANSFORMS = {
    "user's": Tails(),
    "additive": flows.Additive(),
    "affine": flows.Affine(),
    "spline": flows.Spline(num_bins=4, bound=2.0),
}


def coupling(size, keep, transform, **conditions):
    first, last = size - size // 2, size // 2
    kept, changed = (first, last) if keep == "first" else (last, first)
    network = mlp_conditioner(
        kept, changed, transform.num_parameters, (5,), "tanh", **conditions
    )
    return flows.Coupling(network, transform, keep)


def image_coupling(shape, keep, transform):
    *size, channels = shape
    kept = changed = channels
    if keep in ("first", "last"):
        first, last = channels - channels // 2, channels // 2
        kept, changed = (first, last) if keep == "first" else (last, first)
    network = conv_conditioner(
        (*size, kept), changed, transform.num_parameters, 3, "tanh"
    )
    return flows.Coupling(network, transform, keep)


def autoregressive(kind, size, transform, **conditions):
    network = MADE(size, transform.num_parameters, (7, 6), "tanh", **conditions)
    return kind(network, transform)


CASES = {
    "flatten": lambda: (flows.Flatten(), (2, 3, 1)),
    "reverse": lambda: (flows.Permute("reverse"), (5,)),
    "shuffle": lambda: (flows.Permute("shuffle", seed=1), (2, 2, 5)),
    "logit": lambda: (flows.Logit(), (4,)),
    "probit": lambda: (flows.Probit(), (4,)),
    "act_norm": lambda: (flows.ActNorm(), (4,)),
    "act_norm of images": lambda: (flows.ActNorm(), (2, 3, 2)),
    "standardize": lambda: (flows.Standardize(), (4,)),
    "lu": lambda: (flows.LULinear(), (4,)),
    "lu from a rotation": lambda: (flows.LULinear("rotation", seed=1), (5,)),
    "1x1 convolution": lambda: (flows.LULinear("rotation"), (2, 3, 3)),
    "planar": lambda: (flows.Planar(), (4,)),
    "radial": lambda: (flows.Radial(), (4,)),
    "residual": lambda: (flows.Residual((6, 5), seed=0), (4,)),
    "residual of many values": lambda: (flows.Residual((12,), 0.7, seed=0), (10,)),
    "squeeze": lambda: (flows.Squeeze(), (4, 2, 2)),
    "squeeze of an odd side": lambda: (flows.Squeeze(), (3, 4, 1)),
    "split": lambda: (flows.Split([flows.ActNorm(), flows.LULinear()]), (2, 1, 5)),
    "split in a split": lambda: (
        flows.Split([flows.ActNorm(), flows.Split([flows.ActNorm()])]),
        (1, 2, 5),
    ),
}
for _name, _transform in TRANSFORMS.items():
    for _keep in ("first", "last"):
        CASES[f"{_name} coupling, {_keep}"] = lambda t=_transform, k=_keep: (
            coupling(5, k, t),
            (5,),
        )
    CASES[f"{_name} coupling with conditions"] = lambda t=_transform: (
        coupling(4, "first", t, **BOTH),
        (4,),
    )
    for _keep in ("first", "last", "even", "odd"):
        CASES[f"{_name} coupling of images, {_keep}"] = lambda t=_transform, k=_keep: (
            image_coupling((2, 3, 3), k, t),
            (2, 3, 3),
        )
    for _kind in (flows.MaskedAutoregressive, flows.InverseAutoregressive):
        for _size in (1, 4, 10):  # Unrolled up to 8.
            CASES[f"{_name} {_kind.__name__} of {_size}"] = (
                lambda t=_transform, c=_kind, s=_size: (autoregressive(c, s, t), (s,))
            )
    for _size in (4, 10):
        CASES[f"{_name} MAF of {_size} with conditions"] = (
            lambda t=_transform, s=_size: (
                autoregressive(flows.MaskedAutoregressive, s, t, **BOTH),
                (s,),
            )
        )


@pytest.fixture(scope="module", params=CASES, ids=str)
def case(request):
    """A step with random weights, its shape, data and conditions."""
    keras.utils.set_random_seed(0)
    step, shape = CASES[request.param]()
    shape_of_z = step.connect(shape)
    rng = np.random.default_rng(0)
    for variable in step.variables:
        if not variable.dtype.startswith("float"):
            continue  # The state of a step's own noise.
        noise = rng.normal(scale=0.3, size=variable.shape)
        variable.assign(variable + noise)
    x = rng.normal(size=(6, *shape)).astype("float32")
    if request.param in ("logit", "probit"):
        x = rng.random((6, *shape)).astype("float32")
    conditions = {
        "labels": tf.constant([0, 1, 2, 0, 1, 2]),
        "context": tf.constant(rng.normal(size=(6, CONTEXT_DIM)), tf.float32),
    }
    return step, tf.constant(x), shape_of_z, conditions


def test_inverse_undoes_forward(case):
    step, x, shape, conditions = case
    z, log_det = step.forward(x, conditions)
    assert z.shape == (6, *shape) and log_det.shape == (6,)
    # A copy: TFP gives the very tensor back that it was given before.
    back, inverse_log_det = step.inverse(tf.constant(z.numpy()), conditions)
    np.testing.assert_allclose(back, x, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(inverse_log_det, -log_det, rtol=1e-3, atol=1e-3)


def test_log_determinant_is_that_of_autodiff(case):
    step, x, _, conditions = case
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        z, log_det = step.forward(x, conditions)
        values = tf.unstack(tf.reshape(z, [6, -1]), axis=1)
    rows = [tape.gradient(value, x, unconnected_gradients="zero") for value in values]
    jacobian = np.stack([np.reshape(row, [6, -1]) for row in rows], axis=1)
    expected = np.linalg.slogdet(np.float64(jacobian))[1]
    np.testing.assert_allclose(log_det, expected, rtol=1e-4, atol=1e-4)


def test_every_weight_has_a_gradient_both_ways(case):
    step, x, _, conditions = case
    z = tf.constant(step.forward(x, conditions)[0].numpy())
    for function, given in ((step.forward, x), (step.inverse, z)):
        with tf.GradientTape() as tape:
            value, log_det = function(given, conditions)
            loss = tf.reduce_sum(value**2) + tf.reduce_sum(log_det)
        gradients = tape.gradient(loss, step.trainable_variables)
        for variable, gradient in zip(step.trainable_variables, gradients, strict=True):
            assert gradient is not None and np.any(gradient), variable.path
            assert np.all(np.isfinite(gradient)), variable.path


def test_config_makes_the_same_step(case):
    step, x, _, conditions = case
    config = keras.saving.serialize_keras_object(step)
    copy = keras.saving.deserialize_keras_object(config)
    copy.connect(tuple(x.shape[1:]))
    for variable, value in zip(copy.variables, step.variables, strict=True):
        variable.assign(value)
    expected, found = step.forward(x, conditions), copy.forward(x, conditions)
    np.testing.assert_allclose(found[0], expected[0])
    np.testing.assert_allclose(found[1], expected[1])
