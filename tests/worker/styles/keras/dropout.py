# Dropout
# expect: inert
model = keras.Sequential([keras.Input((784,)), layers.Dense(32, "relu"), layers.Dropout(0.3), layers.Dense(10, "softmax")])
