# A softmax wrapped around a trained net
# expect: inert
logits = keras.Sequential([keras.Input((28, 28)), layers.Flatten(), layers.Dense(10)])
model = keras.Sequential([logits, layers.Softmax()])
model(x)
