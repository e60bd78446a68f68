"""An average of the weights that is useful from the first steps on."""

import keras
from keras import ops


@keras.saving.register_keras_serializable("kgen")
class AdamWithWarmEMA(keras.optimizers.Adam):
    """`keras.optimizers.Adam` whose average of the weights (`use_ema`) warms up.

    Its momentum after t steps is `min(ema_momentum, t / (9 + t))`: with 0.9999 alone
    the average of a run of some thousand steps would mostly be the first weights.
    """

    def momentum_after(self, steps):
        """The momentum of the step that follows `steps` others."""
        steps = ops.cast(steps, "float32")
        return ops.minimum(self.ema_momentum, steps / (9.0 + steps))

    def _update_model_variables_moving_average(self, trainable_variables):
        if not self.use_ema:
            return
        rest = 1.0 - self.momentum_after(self.iterations)
        averages = self._model_variables_moving_average
        for variable, average in zip(trainable_variables, averages, strict=True):
            share = ops.cast(rest, variable.dtype)
            average.assign(average + share * (variable - average))
