"""How many steps may run before a callback has to see the model."""

import math

import keras

HOOKS = ("on_batch_begin", "on_batch_end", "on_train_batch_begin", "on_train_batch_end")
TEST_HOOKS = ("on_test_batch_begin", "on_test_batch_end")


def steps_until_look(callbacks):
    """Number of steps until one of the callbacks has to see the model, or infinity.

    A callback with a hook for batches sees every step. One that need not, such as
    kgen's `Checkpoint`, tells by a method `steps_until_look()`; 0 is the same as 1. Its
    hooks are called for every step, but some while the model is already further.

    Args:
        callbacks: List of `keras.callbacks.Callback`.
    """
    return min((_until_look(callback) for callback in callbacks), default=math.inf)


def sees_evaluation(callbacks):
    """Whether a callback has a hook for the batches of an evaluation."""
    return any(_sees(callback, TEST_HOOKS) for callback in callbacks)


def _until_look(callback):
    if hasattr(callback, "steps_until_look"):
        steps = callback.steps_until_look()
        if not isinstance(steps, (int, float)) or math.isnan(steps):
            raise ValueError(
                f"`steps_until_look` of {type(callback).__name__} gave {steps!r}, but "
                "has to give a number of steps, or math.inf."
            )
        return steps
    return 1 if _sees(callback, HOOKS) else math.inf


def _sees(callback, hooks):
    """Whether a callback has one of these hooks, and looks at the model in it."""
    for hook in hooks:
        function = getattr(getattr(callback, hook), "__func__", None)
        if function is getattr(keras.callbacks.Callback, hook):
            continue
        blind = _BLIND.get(function)
        if blind is None or not blind(callback):
            return True
    return False


def _saves_epochs(callback):
    return callback.save_freq == "epoch"


def _logs_epochs(callback):
    # It keeps `profile_batch` by this name alone.
    steps = callback.write_steps_per_second or callback._should_trace
    return callback.update_freq == "epoch" and not steps


# Hooks of Keras that do not look at the model, and when.
_BLIND = {
    keras.callbacks.ModelCheckpoint.on_train_batch_end: _saves_epochs,
    keras.callbacks.BackupAndRestore.on_train_batch_end: _saves_epochs,
    keras.callbacks.TensorBoard.on_train_batch_begin: _logs_epochs,
    keras.callbacks.TensorBoard.on_train_batch_end: _logs_epochs,
    # kgen itself stops at terms that are not finite.
    keras.callbacks.TerminateOnNaN.on_batch_end: lambda callback: True,
    keras.callbacks.ProgbarLogger.on_test_batch_end: lambda callback: True,
    keras.callbacks.TensorBoard.on_test_batch_begin: _logs_epochs,
    keras.callbacks.TensorBoard.on_test_batch_end: _logs_epochs,
}
