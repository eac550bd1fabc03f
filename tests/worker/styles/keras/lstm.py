# LSTM
# expect: inert
model = keras.Sequential([keras.Input((28, 28)), layers.LSTM(16), layers.Dense(10, "softmax")])
