# Lazy layers that meet their data
# expect: inert
model = nn.Sequential(nn.LazyConv2d(4, 3), nn.ReLU(), nn.Flatten(), nn.LazyLinear(10))
model(x)
