# tf.nn.relu given as a function
# expect: inert
import tensorflow as tf

model = keras.Sequential(
    [keras.Input((28, 28)), layers.Flatten(), layers.Dense(32, activation=tf.nn.relu), layers.Dense(10, activation=tf.nn.softmax)]
)
