"""A Bayesian regression whose posterior has no closed form: Student's t noise.

One in twenty of the data is a gross error. A normal likelihood follows them, as each
squared error counts. Student's t has heavy tails and ignores them. No q is derived by
hand: the model is a prior and a likelihood, and `fit` finds a normal q of the line on
batches of 25 of the 200 examples. The scale of the noise is latent, too, and has a
log-normal q of its own.

With Student's t the log evidence is 187 nats larger at least, the line is five times as
certain, and held-out data without errors has 0.70 nats more each. The normal model
finds the line, too, but takes the errors for noise.
"""

import keras
import numpy as np
import tensorflow as tf
from matplotlib.figure import Figure
from tensorflow_probability import distributions as tfd

import kgen
from examples import shared
from kgen.inference import MeanField, Posterior

TRUE_LINE, N = (0.5, 1.5), 200


def data(num, rng, error_rate):
    """Inputs and outputs on the true line, some of them gross errors."""
    inputs = rng.uniform(-2.0, 2.0, (num, 1))
    y = TRUE_LINE[0] + TRUE_LINE[1] * inputs + 0.3 * rng.normal(size=(num, 1))
    wrong = rng.random((num, 1)) < error_rate
    y = np.where(wrong, y + rng.uniform(4.0, 8.0, (num, 1)), y)
    return inputs.astype("float32"), y.astype("float32")


def prior():
    """A line, and the scale of the noise."""
    line = tfd.MultivariateNormalDiag(tf.zeros(2), 3.0 * tf.ones(2))
    return tfd.JointDistributionNamed({"line": line, "scale": tfd.LogNormal(-1.0, 1.0)})


def normal(line, scale, labels):
    """Normal noise around the line."""
    return tfd.Normal(line[0] + line[1] * labels, scale)


def student(line, scale, labels):
    """Noise with heavy tails."""
    return tfd.StudentT(2.0, line[0] + line[1] * labels, scale)


args = shared.parse(__doc__, epochs=100, data=None)
rng = np.random.default_rng(0)
inputs, y = data(N, rng, 0.05)
new_inputs, new_y = data(1000, rng, 0.0)
figure = Figure(figsize=(11, 4.2), layout="constrained")
places = np.linspace(-2, 2, 41, dtype="float32")[:, None]
print(f"The true line has the intercept {TRUE_LINE[0]} and the slope {TRUE_LINE[1]}.")
for axes, likelihood in zip(figure.subplots(1, 2), (normal, student), strict=True):
    keras.utils.set_random_seed(0)
    model = kgen.VariationalInference(
        (1,),
        prior,
        likelihood,
        MeanField(
            {
                "line": Posterior("MultivariateNormalTriL", (2,)),
                "scale": Posterior("LogNormal"),
            }
        ),
        num_data=N,
        estimator="sticking_the_landing",
        num_samples=2,
        context_shape=1,
        seed=0,
    )
    steps = args.epochs * N // 25
    schedule = keras.optimizers.schedules.CosineDecay(0.05, steps)
    model.compile(keras.optimizers.Adam(schedule), steps_per_execution=8)
    model.fit(y, inputs, batch_size=25, epochs=args.epochs, verbose=0)
    lines = model.sample_posterior(1000, seed=0)["line"].numpy()
    score = np.mean(model.log_predictive(new_y, context=new_inputs, seed=0))
    bounds = model.evidence_bounds(y, inputs, seed=0)
    means, errors = lines.mean(axis=0), lines.std(axis=0)
    print(
        f"{likelihood.__name__:8} intercept {means[0]:.2f} ± {errors[0]:.2f}, slope "
        f"{means[1]:.2f} ± {errors[1]:.2f}, log evidence at least "
        f"{bounds['elbo']:.1f} nats, held-out data without errors {score:.3f} nats each"
    )
    curves = lines[:, 0] + lines[:, 1] * places
    low, high = np.quantile(curves, (0.025, 0.975), axis=1)
    axes.plot(inputs, y, ".", color="grey")
    axes.plot(places, TRUE_LINE[0] + TRUE_LINE[1] * places, "k:", label="truth")
    axes.fill_between(places[:, 0], low, high, alpha=0.5, label="95% of q")
    axes.set(title=f"{likelihood.__name__} noise")
    axes.legend()
args.output.mkdir(parents=True, exist_ok=True)
figure.savefig(args.output / "robust_regression.png", dpi=100)
print(f"Wrote {args.output / 'robust_regression.png'}")
