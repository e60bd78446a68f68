"""A deep autoencoder whose code is sparse: most of its 32 numbers are 0.

The lecture's network is 784-128-64-32-64-128-784 for MNIST. The lecture passes the
penalty to `compile`, which has no such argument: it belongs to the code. And `10e-5`
there is 1e-4. The L1 penalty is a price on each entry. Alternatively, a KL divergence
pulls the mean activity of each entry to a target rho.
"""

import keras

import kgen
from examples import shared
from kgen.autoencoders.penalties import L1, KLSparsity

args = shared.parse(__doc__, epochs=60)
train, test = kgen.data.load(args.data, batch_size=64)
shape = train.element_spec[0].shape[1:]
PENALTIES = {
    "no penalty": ("relu", None),
    "L1, weight 1e-4": ("relu", L1(1e-4)),
    "L1, weight 1e-3": ("relu", L1(1e-3)),
    "KL, rho 0.1": ("sigmoid", KLSparsity(0.02, rho=0.1)),
}

for name, (activation, penalty) in PENALTIES.items():
    keras.utils.set_random_seed(0)
    networks = kgen.networks.mlp_autoencoder(
        shape,
        latent_dim=32,
        hidden=(128, 64),
        code_activation=activation,
        output_activation="sigmoid",
    )
    autoencoder = kgen.Autoencoder(*networks, code_penalty=penalty)
    autoencoder.compile(optimizer="adam")
    autoencoder.fit(train, epochs=args.epochs, verbose=0)
    z, _ = kgen.latent.codes(autoencoder, test)
    error = autoencoder.evaluate(test, verbose=0, return_dict=True)["reconstruction"]
    print(
        f"{name:15}: {100 * kgen.metrics.fraction_active(z, 0.1):3.0f} % of the code "
        f"active, mean {kgen.metrics.mean_activation(z):.3f}, "
        f"held-out error {error:.4f}"
    )
images, _ = next(iter(test))
path = args.output / "sparse_autoencoder.png"
print(f"Wrote {kgen.plots.save_reconstructions(autoencoder, images[:16], path)}")
