# BatchNorm1d between dense layers
# expect: inert
model = nn.Sequential(nn.Flatten(), nn.Linear(784, 64), nn.BatchNorm1d(64), nn.LeakyReLU(0.1), nn.Linear(64, 10))
model(x)
