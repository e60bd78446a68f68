"""The state of an augmentation in a game: its probability, saved with the model."""

import tensorflow as tf

from kgen.adversarial.augmentation.augmentation import Augmentation
from kgen.core.config import ConfiguredLayer
from kgen.core.distribution.batch import SHARED_STATE, all_sum, weights


class Augmenter(ConfiguredLayer):
    """An `Augmentation` with its present probability, for a game of any players.

    Make it in the constructor of a `Game` and call `augment` on all images, real or
    generated, before the discriminator sees them. Call `adapt` after each step of the
    discriminator, where the sample weights are known: in an override of `Game.step`.

    Args:
        augmentation: An `Augmentation`.
        data_shape: Shape of the images, `(height, width, channels)`.
        **kwargs: Arguments of `keras.layers.Layer`.

    Raises:
        ValueError: for data that is no image, or operations that do not suit it.

    Example:

    >>> augmenter = kgen.adversarial.Augmenter(
    ...     kgen.adversarial.Augmentation(p=0.3), (8, 8, 1)
    ... )
    >>> augmenter.augment(np.zeros((4, 8, 8, 1)), seed=[0, 1]).shape
    TensorShape([4, 8, 8, 1])
    """

    def __init__(self, augmentation: Augmentation, data_shape: tuple, **kwargs) -> None:
        super().__init__(**kwargs)
        augmentation.check(data_shape)
        self.augmentation = augmentation
        self.data_shape = data_shape
        state = {"dtype": "float32", **SHARED_STATE}
        first = tf.constant_initializer(augmentation.p)
        self.p = self.add_weight(name="p", shape=(), initializer=first, **state)
        if augmentation.adaptive:
            # Since the last change: the sum of signs, images, steps.
            self.seen = self.add_weight(
                name="seen", shape=(3,), initializer="zeros", **state
            )
        # One graph for all calls: a critic with a penalty on gradients makes a dozen.
        vars(self)["_graph"] = tf.function(augmentation)
        self.built = True

    def augment(self, images, seed):
        """Images changed at random, each on its own; packs image by image.

        Args:
            images: `(batch, height, width, channels)`, or packs of images side by side
                on the last axis.
            seed: For `tf.random.stateless_*`, such as `game.noise.next(training)`.
        """
        images = tf.cast(images, tf.float32)
        augmentation, p = vars(self)["_graph"], tf.convert_to_tensor(self.p)
        packing = images.shape[-1] // self.data_shape[-1]
        if packing == 1:
            return augmentation(images, p, tf.convert_to_tensor(seed))
        parts = tf.concat(tf.split(images, packing, axis=-1), axis=0)
        parts = augmentation(parts, p, tf.convert_to_tensor(seed))
        return tf.concat(tf.split(parts, packing, axis=0), axis=-1)

    def adapt(self, accuracy):
        """Moves the probability of an adaptive augmentation; else does nothing.

        Args:
            accuracy: Whether the discriminator takes each real image for real, 0 or 1,
                `(local batch,)`.
        """
        augmentation = self.augmentation
        if not augmentation.adaptive:
            return
        weight = weights(accuracy)
        signs = tf.reduce_sum(weight * (2.0 * accuracy - 1.0))
        sums = all_sum(tf.stack([signs, tf.reduce_sum(weight)]))
        seen = tf.convert_to_tensor(self.seen) + tf.concat([sums, [1.0]], 0)
        due = seen[2] >= augmentation.every
        overfitting = tf.math.divide_no_nan(seen[0], seen[1])
        p = tf.convert_to_tensor(self.p)
        self.p.assign(tf.where(due, augmentation.adapted(p, overfitting, seen[1]), p))
        self.seen.assign(tf.where(due, tf.zeros_like(seen), seen))
