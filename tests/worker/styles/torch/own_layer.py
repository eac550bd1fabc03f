# A layer of one's own with nn.Parameter
# expect: inert
class Dense(nn.Module):
    def __init__(self, inputs, units):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(inputs, units) * 0.05)
        self.bias = nn.Parameter(torch.zeros(units))

    def forward(self, x):
        return x @ self.weight + self.bias


model = nn.Sequential(nn.Flatten(), Dense(784, 32), nn.ReLU(), Dense(32, 10))
model(x)
