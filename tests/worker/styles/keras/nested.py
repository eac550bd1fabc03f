# A model inside a model
# expect: inert
inner = keras.Sequential([keras.Input((784,)), layers.Dense(32, activation="relu"), layers.Dense(16, activation="tanh")])
model = keras.Sequential([keras.Input((28, 28)), layers.Flatten(), inner, layers.Dense(10, activation="softmax")])
