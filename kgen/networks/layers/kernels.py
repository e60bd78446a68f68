"""Dense layers and convolutions that change their kernel when they use it."""

import keras


class ChangedKernel:
    """A base before `DenseKernel` or `ConvKernel`; a subclass has `used_kernel`."""

    def used_kernel(self, training):
        """The kernel that is applied, in the compute dtype."""
        raise TypeError(f"{type(self).__name__} does not define `used_kernel`.")

    def used_bias(self):
        """The bias that is added; here the weight itself."""
        return self.bias

    def call(self, inputs, training=False):
        """Applies the layer with the changed kernel."""
        outputs = self.linear(inputs, self.used_kernel(training))
        if self.use_bias:
            outputs = outputs + self.used_bias()
        return self.activation(outputs)


class DenseKernel(keras.layers.Dense):
    """`keras.layers.Dense` with its linear part as a function of the kernel."""

    def linear(self, inputs, kernel):
        """`x W`."""
        return keras.ops.matmul(inputs, kernel)


class ConvKernel(keras.layers.Conv2D):
    """`keras.layers.Conv2D` with its linear part as a function of the kernel."""

    def linear(self, inputs, kernel):
        """The convolution alone."""
        return self.convolution_op(inputs, kernel)
