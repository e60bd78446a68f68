"""Generative minimization networks: a GAN without competition."""

import contextlib
from functools import partial

import keras
import tensorflow as tf

from kgen.adversarial.gan import GAN
from kgen.core.checks.values import check_count, check_number
from kgen.core.distribution.replicas import global_gradients


class GMN(GAN):
    """GAN that minimises the duality gap: each network meets the worst opponent.

    The duality gap of a game with the value V, which D maximises and G minimises,

    `max_D' V(D', G) - min_G' V(D, G')`,

    is 0 at an equilibrium and larger elsewhere. In each step, `worst_steps` steps of
    gradient descent from the present weights find both worst opponents D' and G'. Then
    the generator takes a step against D', and the discriminator takes one against G'.
    With zero-sum losses (`"minimax"`, `"wasserstein"`) these steps descend on the gap
    itself; with other losses the generator keeps its own.

    Args:
        generator: See `GAN`.
        discriminator: See `GAN`.
        worst_steps: Steps to the worst opponent, 1 or more.
        worst_learning_rate: Learning rate of these steps.
        **kwargs: Arguments of `GAN`.

    References:
        [Grnarova et al., 2021](https://arxiv.org/abs/2103.12685)
    """

    changeable = {
        "worst_steps": partial(check_count, "GMN"),
        "worst_learning_rate": check_number,
    }

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        worst_steps: int = 5,
        worst_learning_rate: float = 0.05,
        **kwargs,
    ) -> None:
        super().__init__(generator, discriminator, **kwargs)
        self.worst_steps = worst_steps
        self.worst_learning_rate = worst_learning_rate

    def check_settings(self):
        """Raises a ValueError for a lazy penalty, or as a `GAN` does."""
        super().check_settings()
        if self.penalty_every > 1:
            raise ValueError(
                f"A GMN was given penalty_every={self.penalty_every}, but its steps to "
                "a worst opponent need the penalty in each round. Leave it out."
            )

    def gradients(self, player, parts, weight, training):
        """Terms and gradients of a player against its worst opponent."""
        opponent = next(p for p in self.players if p.name != player.name)
        worst = self.best_response(opponent, parts, weight, training)
        kept = [self.noise.state, *player.non_trainable_variables]
        with with_values(opponent.variables, worst, kept):
            return super().gradients(player, parts, weight, training)

    def best_response(self, player, parts, weight, training):
        """Weights of a player after `worst_steps` on its objective; others hold still.

        Returns:
            List of tensors, one for each variable of the player.
        """
        variables = player.variables
        values = [tf.convert_to_tensor(variable) for variable in variables]
        for _ in range(self.worst_steps):
            with with_values(variables, values, kept=[self.noise.state]):
                _, gradients = self.objective_gradients(
                    player, parts, weight, training, by=values
                )
            sums, _ = global_gradients(gradients)
            values = [
                value - self.worst_learning_rate * gradient
                for value, gradient in zip(values, sums, strict=True)
            ]
            values = self.project(player, values)
        return values


@contextlib.contextmanager
def with_values(variables, values, kept):
    """Context in which variables have other values.

    Args:
        variables: List of `keras.Variable`.
        values: List of their values, tensors.
        kept: Variables that keep the values assigned inside; others do not.
    """
    pairs = zip(variables, values, strict=True)
    with keras.StatelessScope(state_mapping=pairs) as scope:
        yield
    for variable in kept:
        value = scope.get_current_value(variable)
        if value is not None:
            variable.assign(value)
