# One-hot labels and categorical cross-entropy
# expect: inert
model = keras.Sequential([keras.Input((784,)), layers.Dense(32, "sigmoid"), layers.Dense(10, "softmax")])
model.compile("sgd", "categorical_crossentropy", metrics=["accuracy"])
x = x.reshape(-1, 784)
model.fit(x, keras.utils.to_categorical(y, 10), verbose=0)
