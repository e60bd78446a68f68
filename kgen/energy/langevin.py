"""Langevin dynamics: chains whose states come to have the density `exp(-E) / Z`."""

import tensorflow as tf


def gradient_of(energy, y):
    """The gradient of an energy at each point, `(batch, ...)`.

    Args:
        energy: Function from points to energies `(batch,)`. A row depends on no other.
        y: Points `(batch, ...)`.
    """
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(y)
        energies = energy(y)
    return tape.gradient(energies, y)


def langevin(energy, y, num_steps, step_size, noise, inside, hold=None):
    """States after steps `y - step_size^2 / 2 dE/dy + step_size noise`.

    Args:
        energy: See `gradient_of`.
        y: The first states, `(batch, ...)`.
        num_steps: Number of steps.
        step_size: Standard deviation of the noise of a step.
        noise: Function from the number of a step to standard normal noise.
        inside: Function that reflects points at walls, such as `Cube.inside`.
        hold: Function that puts known values in their place after a step, or `None`.
    """

    def step(k, y):
        drift = -0.5 * step_size**2 * gradient_of(energy, y)
        y, _ = inside(y + drift + step_size * noise(k))
        return k + 1, y if hold is None else hold(y)

    _, y = tf.while_loop(
        lambda k, _: k < num_steps, step, (0, y), maximum_iterations=num_steps
    )
    return y
