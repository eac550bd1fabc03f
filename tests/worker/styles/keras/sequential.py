# Sequential
# expect: inert
model = keras.Sequential(
    [keras.Input((28, 28)), layers.Flatten(), layers.Dense(128, activation="relu"), layers.Dense(10, activation="softmax")]
)
