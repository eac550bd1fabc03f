# Sequential without an input shape, then called
# expect: inert
model = keras.Sequential([layers.Flatten(), layers.Dense(32, "relu"), layers.Dense(10, "softmax")])
model(x)
