# A layer of one's own
# expect: asked missing.unsupported_layer
class Twice(layers.Layer):
    def call(self, x):
        return 2 * x


model = keras.Sequential([keras.Input((28, 28)), layers.Flatten(), Twice(), layers.Dense(10, "softmax")])
