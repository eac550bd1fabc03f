# torch.compile
# expect: inert
net = nn.Sequential(nn.Flatten(), nn.Linear(784, 32), nn.ReLU(), nn.Linear(32, 10))
model = torch.compile(net, backend="eager")
model(x)
