# Functional
# expect: inert
inputs = keras.Input((28, 28))
hidden = layers.Dense(64, activation="elu")(layers.Flatten()(inputs))
model = keras.Model(inputs, layers.Dense(10)(hidden))
