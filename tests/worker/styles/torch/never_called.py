# Defined and never called; its input is guessed
# expect: inert
model = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
