# Branches that are added and joined
# expect: inert
inputs = keras.Input((28, 28))
flat = layers.Flatten()(inputs)
a, b = layers.Dense(16, "relu")(flat), layers.Dense(16, "tanh")(flat)
both = layers.Concatenate()([layers.Add()([a, b]), a])
model = keras.Model(inputs, layers.Dense(10, "softmax")(both))
