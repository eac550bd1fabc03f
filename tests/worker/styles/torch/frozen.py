# Some layers frozen
# expect: inert
model = nn.Sequential(nn.Flatten(), nn.Linear(784, 32), nn.ReLU(), nn.Linear(32, 10))
model[1].requires_grad_(False)
model(x)
