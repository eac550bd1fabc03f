# A residual sum written with +
# expect: asked missing.unsupported_layer
inputs = keras.Input((784,))
hidden = layers.Dense(784, "relu")(inputs)
model = keras.Model(inputs, layers.Dense(10, "softmax")(hidden + inputs))
