"""Two optimizers as one, as saving, checkpoints, averages and callbacks want it."""

import keras


@keras.saving.register_keras_serializable("kgen")
class ByNetwork(keras.optimizers.OptimizerMap):
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
    """
    of_network = ByNetwork(
        generator_optimizer, {"discriminator": discriminator_optimizer}
    )
    of_network.set_discriminator(discriminator.trainable_variables)
    return keras.optimizers.MultiOptimizer(of_network)
