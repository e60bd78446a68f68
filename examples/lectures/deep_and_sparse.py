"""The lecture's deep and sparse autoencoder, line by line: 784-128-64-32 and back.

Three things of its code have changed since it was written. `activity_l1` is a name of
Keras 1, and the import fails. `compile` has no `activity_regularizer`: the penalty
belongs to the layer of the code. And `optimizer="adadelta"` has a rate of 0.001 today,
where it was 1.0: the program runs and hardly learns. The lecture's `10e-5` is 1e-4.

`kgen.Autoencoder` takes the penalty as `code_penalty=L1(10e-5)`. From the same weights
it trains to the same network.
"""

import keras
import numpy as np
from keras import regularizers
from keras.layers import Dense, Input
from keras.models import Model

import kgen
from examples import shared
from kgen.autoencoders.penalties import L1

BATCH_SIZE = 64
args = shared.parse(__doc__, epochs=60)
train, test = kgen.data.load(args.data, image_size=28)
x_train, x_test = (shared.arrays(part)[0].reshape(-1, 784) for part in (train, test))


def lecture(penalty):
    """The lecture's network and, of the same layers, its encoder and its decoder."""
    input_img = Input(shape=(784,))
    encoded = Dense(128, activation="relu")(input_img)
    encoded = Dense(64, activation="relu")(encoded)
    # Changed: the lecture passes `activity_regularizer` to `compile`.
    encoded = Dense(32, activation="relu", activity_regularizer=penalty)(encoded)
    decoded = Dense(64, activation="relu")(encoded)
    decoded = Dense(128, activation="relu")(decoded)
    decoded = Dense(784, activation="sigmoid")(decoded)
    autoencoder = Model(input_img, decoded)
    return autoencoder, Model(input_img, encoded), Model(encoded, decoded)


def report(name, encoder, error):
    """Prints what a network has learned about held-out images."""
    z = encoder.predict(x_test, verbose=0)
    active = kgen.metrics.fraction_active(z, 0.1)
    print(f"{name:34}: held-out cross-entropy {error:.4f}, {active:4.0%} active")


RUNS = {  # Name: penalty on the code, optimizer.
    "as written, 'adadelta'": (regularizers.L1(10e-5), "adadelta"),
    "Adadelta of rate 1": (regularizers.L1(10e-5), keras.optimizers.Adadelta(1.0)),
    "the same, no penalty": (None, keras.optimizers.Adadelta(1.0)),
}
for name, (penalty, optimizer) in RUNS.items():
    keras.utils.set_random_seed(0)
    autoencoder, encoder, decoder = lecture(penalty)
    loss = "binary_crossentropy"
    autoencoder.compile(optimizer=optimizer, loss=loss, metrics=[loss])
    options = {"batch_size": BATCH_SIZE, "epochs": args.epochs, "verbose": 0}
    autoencoder.fit(x_train, x_train, **options)
    logs = autoencoder.evaluate(x_test, x_test, verbose=0, return_dict=True)
    report(name, encoder, logs["binary_crossentropy"])

# The same network and first weights in kgen.
keras.utils.set_random_seed(0)
_, encoder, decoder = lecture(None)
model = kgen.Autoencoder(encoder, decoder, code_penalty=L1(10e-5))
model.compile(keras.optimizers.Adadelta(1.0))
model.fit(x_train, **options)
logs = model.evaluate(x_test, verbose=0, return_dict=True)
report("kgen.Autoencoder, L1(10e-5)", encoder, logs["reconstruction"])

rows = np.concatenate([x_test[:16], model.reconstruct(x_test[:16])])
path = args.output / "deep_and_sparse.png"
images = rows.reshape(-1, 28, 28, 1)
print(f"Wrote {kgen.plots.save_samples(images, path, columns=16)}")
