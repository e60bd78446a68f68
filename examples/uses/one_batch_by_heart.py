"""The first test of a new network: can it learn one batch by heart?

"Start simple, overfit, then regularise": a network that cannot learn 32 examples has a
mistake, and a larger data set only hides it. Three VAEs are given one batch. The first
is sound. The second has a learning rate that is far too small. In the third the
decoder does not see the code: its loss falls, but ends higher than that of the first.
A warning names the second, and the curves show the third.
"""

import warnings

import keras
from matplotlib.figure import Figure

import kgen
from examples import shared
from kgen.testing import NotLearningWarning, overfit_one_batch

args = shared.parse(__doc__, epochs=30)
train, test = kgen.data.load(args.data, batch_size=32, binarize=True)
shape = train.element_spec[0].shape[1:]
batch, _ = next(iter(train))


def vae(learning_rate=1e-3, blind=False):
    """A VAE; the decoder of a blind one multiplies its code by 0."""
    keras.utils.set_random_seed(0)
    encoder = kgen.networks.mlp_encoder(shape, 2 * 8, (128,))
    decoder = kgen.networks.mlp_decoder(8, shape, (128,))
    if blind:
        z = keras.Input((8,), name="z")
        decoder = keras.Model(z, decoder(keras.layers.Rescaling(0.0)(z)))
    model = kgen.VAE(encoder, decoder, seed=0)
    model.compile(keras.optimizers.Adam(learning_rate))
    return model


models = {
    "sound": vae(),
    "rate of 1e-9": vae(learning_rate=1e-9),
    "blind decoder": vae(blind=True),
}
figure = Figure(figsize=(7, 4), layout="constrained")
axes = figure.subplots()
for name, model in models.items():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", NotLearningWarning)
        found = overfit_one_batch(model, batch, num_steps=10 * args.epochs)["loss"]
    named = [w for w in caught if w.category is NotLearningWarning]
    print(
        f"{name:14} loss {found.first:6.2f} -> {found.last:6.2f} nats; "
        f"{'a warning' if named else 'no warning'}"
    )
    axes.plot(found.losses, label=name)
axes.set(xlabel="step on the same batch", ylabel="loss, nats")
axes.legend()
print("One batch is learned here: no data is held out.")
args.output.mkdir(parents=True, exist_ok=True)
path = args.output / "one_batch_by_heart.png"
figure.savefig(path, dpi=100)
print(f"Wrote {path}")
