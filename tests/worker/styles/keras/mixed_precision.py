# The mixed-precision policy of Colab's tutorials
# expect: inert
keras.mixed_precision.set_global_policy("mixed_float16")
model = keras.Sequential(
    [keras.Input((28, 28)), layers.Flatten(), layers.Dense(32, "relu"), layers.Dense(10, "softmax", dtype="float32")]
)
keras.mixed_precision.set_global_policy("float32")
