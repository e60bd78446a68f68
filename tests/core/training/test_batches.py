"""Batches that Python makes are checked like all other data."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgen
from kgen.core.training.batches import is_batches, is_endless

RNG = np.random.default_rng(0)
X = RNG.random((24, 4, 4, 1), "float32")
Y = np.arange(24) % 3
W = (np.arange(24) % 2).astype("float32")
SIZES = {"hidden": (7,), "latent_dim": 2, "learning_rate": 0.0}


class Pieces(keras.utils.PyDataset):
    """Batches of 8 of some arrays; of the last, `spoil` makes something else."""

    def __init__(self, *arrays, spoil=None, **kwargs):
        super().__init__(**kwargs)
        self.arrays = arrays
        self.spoil = spoil

    def __len__(self):
        return 3

    def __getitem__(self, index):
        parts = [array[8 * index : 8 * index + 8] for array in self.arrays]
        if index == 2 and self.spoil:
            parts[0] = self.spoil(parts[0])
        return tuple(parts)


class Loader:
    """What can be iterated anew for each epoch, as a loader of PyTorch can."""

    def __init__(self, data):
        self.data = data

    def __len__(self):
        return len(self.data)

    def __iter__(self):
        return (self.data[index] for index in range(len(self.data)))


class Endless(keras.utils.PyDataset):
    num_batches = None

    def __getitem__(self, index):
        return X[:8]


def generator(data):
    yield from (data[index] for index in range(len(data)))


@pytest.fixture(scope="module")
def vae():
    return kgen.build("vae", (4, 4, 1), seed=0, **SIZES)


@pytest.fixture(scope="module")
def conditional():
    return kgen.build("autoencoder", (4, 4, 1), 3, **SIZES)


FORMS = {"PyDataset": lambda data: data, "loader": Loader, "generator": generator}
each_form = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)


# So Keras says that a generator has ended, be it meant or not.
@pytest.mark.filterwarnings("ignore:Your input ran out of data:UserWarning")
@each_form
def test_weights_count_whoever_makes_the_batches(conditional, form):
    arrays = {"y": Y, "sample_weight": W, "batch_size": 8, "verbose": 0}
    expected = conditional.evaluate(X, return_dict=True, **arrays)
    for data in (Pieces(X, Y, W), Pieces(X.tolist(), Y.tolist(), W.tolist())):
        found = conditional.evaluate(form(data), return_dict=True, verbose=0)
        assert found == pytest.approx(expected, rel=1e-5)
    unweighted = conditional.evaluate(X, Y, batch_size=8, verbose=0, return_dict=True)
    assert unweighted["loss"] != pytest.approx(expected["loss"], rel=1e-5)


@each_form
@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda x: 255 * x, "given x.* from .* but expects values in .0, 1"),
        (lambda x: x + np.nan, "given x.* with NaN or infinity in 128 of 128"),
        (lambda x: x[..., 0], "given x.* of shape"),
        (lambda x: x[:3], "given 3 rows of x, 8 rows of labels"),
        (lambda x: "text", "given x.* of type str"),
    ],
)
def test_a_bad_batch_is_refused_wherever_it_comes(vae, form, spoil, message):
    data = Pieces(X, Y, spoil=spoil)
    with pytest.raises(ValueError, match=f"^This VAE was {message}"):
        vae.evaluate(form(data), verbose=0)
    with pytest.raises(ValueError, match="^This VAE was .* in validation_data"):
        vae.fit(X, validation_data=form(data), verbose=0)


@each_form
def test_an_error_of_the_users_own_stays_what_it_is(vae, form):
    def spoil(x):
        raise KeyError("row 17")

    with pytest.raises(KeyError, match="^'row 17'$"):
        vae.fit(form(Pieces(X, spoil=spoil)), verbose=0)


def test_workers_pass_the_sentence_on(vae):
    data = Pieces(X, spoil=lambda x: 255 * x, workers=2)
    with pytest.raises(ValueError, match="^This VAE was given x .* by 255"):
        vae.fit(data, verbose=0)


def test_a_batch_alone_is_checked(vae, conditional):
    for call in (vae.train_on_batch, vae.test_on_batch):
        with pytest.raises(ValueError, match="Divide x by 255"):
            call(255 * X)
        with pytest.raises(ValueError, match="3 rows of weights"):
            call(X, sample_weight=W[:3])
    whole = conditional.test_on_batch(X, Y, W, return_dict=True)
    by_class = conditional.train_on_batch(
        X, Y.tolist(), class_weight={0: 0.0}, return_dict=True
    )
    conditional.reset_metrics()
    rest = conditional.test_on_batch(X[Y > 0], Y[Y > 0], return_dict=True)
    assert by_class["loss"] != pytest.approx(whole["loss"], rel=1e-4)
    assert np.isfinite(rest["loss"])


def test_what_flows_start_from_is_read_of_a_py_dataset_too():
    rows = 100.0 + RNG.normal(size=(24, 2)).astype("float32")
    flow = kgen.build("realnvp", (2,), num_steps=2, hidden=(4,), learning_rate=1e-9)
    flow.fit(Pieces(rows), verbose=0)
    assert float(tf.reduce_mean(flow.log_prob(rows))) > -10  # Far off it is -1e4.


def test_data_that_never_ends_is_known():
    data = tf.data.Dataset.from_tensors(X)
    assert is_endless(data.repeat()) and is_endless(Endless())
    assert not is_endless(data) and not is_endless(Pieces(X))


def test_an_endless_py_dataset_needs_steps(vae):
    with pytest.raises(ValueError, match="a PyDataset that never ends.*Pass steps,"):
        vae.evaluate(Endless(), verbose=0)
    vae.evaluate(Endless(), steps=2, verbose=0)


@pytest.mark.parametrize("data", [X, X.tolist(), (X, Y), {"x": X}, "x", None, 3, float])
def test_arrays_and_nonsense_are_no_batches(data):
    assert not is_batches(data)
