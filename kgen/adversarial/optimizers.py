"""Two optimizers as one, as saving, checkpoints, averages and callbacks want it."""

import keras

# Python 3.10 has to do with a Keras that has neither.
OptimizerMap = getattr(keras.optimizers, "OptimizerMap", object)


@keras.saving.register_keras_serializable("kgen")
class ByNetwork(OptimizerMap):
    """Gives each variable the optimizer of its network.

    Keras' own map goes by the paths of variables, which two networks may share.
    """

    def set_discriminator(self, variables):
        """Says which variables are the discriminator's; before the optimizer is built.

        Args:
            variables: List of `keras.Variable`.
        """
        self._theirs = {id(variable) for variable in variables}

    def __call__(self, variable):
        key = "discriminator" if id(variable) in self._theirs else "generator"
        return self[key]


def combined(generator_optimizer, discriminator_optimizer, discriminator):
    """One `keras.optimizers.MultiOptimizer` of both.

    Args:
        generator_optimizer: Keras optimizer of the generator.
        discriminator_optimizer: Keras optimizer of the discriminator.
        discriminator: The network whose variables the latter has.

    Raises:
        ImportError: if Keras is too old to have a `MultiOptimizer`.
    """
    if OptimizerMap is object:
        raise ImportError(
            f"A GAN needs keras.optimizers.MultiOptimizer, which Keras "
            f"{keras.__version__} does not have. Upgrade to Keras 3.15, which needs "
            "Python 3.11."
        )
    of_network = ByNetwork(
        generator_optimizer, {"discriminator": discriminator_optimizer}
    )
    of_network.set_discriminator(discriminator.trainable_variables)
    return keras.optimizers.MultiOptimizer(of_network)
