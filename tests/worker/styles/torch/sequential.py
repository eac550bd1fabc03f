# nn.Sequential
# expect: inert
model = nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.ELU(), nn.Dropout(0.2), nn.Linear(128, 10))
model(x)
