# nn.DataParallel
# expect: inert
model = nn.DataParallel(nn.Sequential(nn.Flatten(), nn.Linear(784, 32), nn.ReLU(), nn.Linear(32, 10)))
model(x)
