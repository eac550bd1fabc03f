# Lambda
# expect: asked missing.unsupported_layer
model = keras.Sequential([keras.Input((28, 28)), layers.Lambda(lambda x: x / 255), layers.Flatten(), layers.Dense(10, "softmax")])
