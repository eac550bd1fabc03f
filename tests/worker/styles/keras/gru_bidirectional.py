# Bidirectional GRU
# expect: inert
model = keras.Sequential([keras.Input((28, 28)), layers.Bidirectional(layers.GRU(8)), layers.Dense(10)])
