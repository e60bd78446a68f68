"""A VAE trained as on a big machine, interrupted, and resumed.

Training uses all GPUs, bfloat16 where it is safe, averaged weights, clipped gradients,
and checkpoints. The interrupted run continues from a checkpoint and ends with the same
weights, bit by bit, as an uninterrupted run.
"""

import tempfile

import keras
import numpy as np

import kgen
from examples import shared

args = shared.parse(__doc__, epochs=30)
strategy = kgen.strategies.get("auto")


class Interrupt(keras.callbacks.Callback):
    """Interrupts an epoch, as Ctrl-C, a crash or a full queue does."""

    def on_train_batch_end(self, batch, logs=None):
        """Interrupts at the end of step 17."""
        if self.model.optimizer.iterations == 17:
            raise KeyboardInterrupt


def train(*callbacks):
    """Makes a new model, as in a new process, and trains it."""
    kgen.seed_everything(0)
    train, test = kgen.data.load(args.data, batch_size=64, binarize=True)
    shape = train.element_spec[0].shape[1:]
    keras.config.set_dtype_policy("mixed_bfloat16")  # Likelihoods stay in float32.
    with strategy.scope():
        vae = kgen.build("vae", shape, latent_dim=8, seed=0)
        optimizer = keras.optimizers.AdamW(
            2e-3, weight_decay=0.1, clipnorm=10.0, use_ema=True, ema_momentum=0.99
        )
        vae.compile(optimizer)
    keras.config.set_dtype_policy("float32")
    callbacks = [keras.callbacks.SwapEMAWeights(), *callbacks]
    try:
        vae.fit(train, epochs=args.epochs, callbacks=callbacks, verbose=2)
    except KeyboardInterrupt:
        print(f"Interrupted after {int(vae.optimizer.iterations)} steps.")
    return vae, test


whole, test = train()
with tempfile.TemporaryDirectory() as folder:
    checkpoint = kgen.callbacks.Checkpoint(folder, every_steps=5)
    train(checkpoint, Interrupt())
    resumed, _ = train(checkpoint)
pairs = zip(whole.get_weights(), resumed.get_weights(), strict=True)
same = all(np.array_equal(one, other) for one, other in pairs)
print(f"The resumed run ends with the same weights, bit by bit: {same}")

figures = kgen.metrics.evaluate_likelihood(resumed, test)
print(f"Held out: log p(x) at least {figures['iwae_bound']:.2f} nats")
samples = resumed.sample(64, seed=0)
print(f"Wrote {kgen.plots.save_samples(samples, args.output / 'resumed.png')}")
