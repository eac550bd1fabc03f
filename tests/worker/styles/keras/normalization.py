# Normalization, adapted
# expect: inert
norm = layers.Normalization(axis=None)
norm.adapt(x)
model = keras.Sequential([keras.Input((28, 28)), norm, layers.Flatten(), layers.Dense(10, "softmax")])
