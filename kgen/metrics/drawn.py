"""Ingredients that a model gives: samples, reconstructions and codes."""

import numpy as np

from kgen.core.parts import verb_parts
from kgen.core.verbs import input_specs
from kgen.latent.inversion import invert
from kgen.metrics.ingredients import (
    ROWS,
    MissingError,
    check_verb,
    ingredient,
    shuffled,
)
from kgen.metrics.likelihood import likelihood_verbs

SEARCHED = 100  # Examples for which a GAN searches codes.


@ingredient("conditions")
def conditions_of_samples(found):
    """Conditions of the samples by name: those of held-out examples, in turn."""
    model, size = found["model"], found["sample_size"]
    given = {}
    for name in set(input_specs(model, model.sample)) - {"seed"}:
        part = found["examples"].get(name) if name in model.data_specs else None
        if part is None:
            raise MissingError(f"the data has no {name}, which `sample` takes")
        given[name] = part[rows_in_turn(len(part), size)]
    return given


def rows_in_turn(count, size):
    """Indices of `size` rows: all in turn, and a fair choice for the last turn.

    Data may be in the order of classes: its first rows are no fair choice.
    """
    turns, rest = divmod(size, count)
    return np.concatenate([*[np.arange(count)] * turns, shuffled(count)[:rest]])


@ingredient("sample_size")
def number_of_samples(found):
    """Number of samples."""
    return found.num_samples or found["num_examples"]


@ingredient("samples")
def drawn_samples(found):
    """Samples `(sample_size, *data_shape)`; conditions are those of held-out rows."""
    model = found["model"]
    check_verb(model, "sample")
    given = found["conditions"] or {"num_samples": found["sample_size"]}
    return np.asarray(model.sample(**given, seed=found["seed"], batch_size=ROWS))


@ingredient("sample_labels")
def classes_of_samples(found):
    """The class that each sample was drawn for, ints `(sample_size,)`."""
    check_verb(found["model"], "sample")
    if "labels" not in found["conditions"]:
        raise MissingError("its samples have no labels: it is not conditional")
    return found["conditions"]["labels"]


@ingredient("flat_samples")
def flattened_samples(found):
    """Samples as vectors, `(sample_size, d)`."""
    return found["samples"].reshape(len(found["samples"]), -1)


@ingredient("reconstructions")
def reconstructed(found):
    """The model's reconstructions of `originals`, of the same shape.

    They are decoded codes. A GAN, which has no codes, searches one for each example.
    """
    model = found["model"]
    if hasattr(model, "reconstruct"):
        return of_examples(found, "reconstruct")
    check_verb(model, "decode")
    x = found["originals"]
    given = {
        name: part[: len(x)]
        for name, part in verb_parts(model, model.decode, found["examples"]).items()
    }
    if model.condition and not given:
        raise MissingError(f"the data has no {model.condition}")
    if searches_codes(model):
        z, _ = invert(model, x, *given.values(), seed=found["seed"])
    else:
        check_verb(model, "encode")
        z = model.encode(x=x, **given, batch_size=ROWS)
    return np.asarray(model.decode(z, **given, batch_size=ROWS))


@ingredient("originals")
def reconstructed_examples(found):
    """Held-out examples that are reconstructed: all, or the first `SEARCHED`."""
    return found["x"][:SEARCHED] if searches_codes(found["model"]) else found["x"]


def searches_codes(model):
    """Whether reconstructions of a model need a search: those of a GAN."""
    direct = hasattr(model, "reconstruct") or hasattr(model, "encode")
    return hasattr(model, "discriminate") and not direct


@ingredient("codes")
def codes_of_examples(found):
    """Codes of held-out examples as vectors, `(n, d)`."""
    codes = of_examples(found, "encode")
    return codes.reshape(len(codes), -1)


@ingredient("hidden_features")
def features_of_the_discriminator(found):
    """The discriminator's features of held-out examples as vectors, `(n, d)`."""
    features = of_examples(found, "features")
    return features.reshape(len(features), -1)


@ingredient("log_likelihoods")
def log_likelihoods(found):
    """Log likelihoods of held-out examples, or bounds on them, in nats, `(n,)`."""
    return of_examples(found, likelihood_verb(found["model"]))


@ingredient("training_log_likelihoods")
def log_likelihoods_of_training_data(found):
    """Log likelihoods of training examples, or bounds on them, in nats, `(n,)`."""
    verb = likelihood_verb(found["model"])
    return of_examples(found, verb, found["training_examples"])


def likelihood_verb(model):
    """Name of the verb that gives a likelihood of each example, or a bound on it."""
    verbs = likelihood_verbs(model)
    if not verbs:
        raise MissingError("it has no likelihood: neither 'log_prob' nor 'elbo'")
    return verbs[0]


def of_examples(found, name, examples=None):
    """A verb of the model, called for all held-out or other examples, as an array."""
    check_verb(found["model"], name)
    verb = getattr(found["model"], name)
    examples = found["examples"] if examples is None else examples
    given = verb_parts(found["model"], verb, examples)
    if "seed" in verb.arguments:
        given["seed"] = found["seed"]
    return np.asarray(verb(**given, batch_size=ROWS))
