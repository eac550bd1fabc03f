# Rescaling as the first layer
# expect: inert
model = keras.Sequential([keras.Input((28, 28)), layers.Rescaling(1 / 255), layers.Flatten(), layers.Dense(10, "softmax")])
