# Inputs normalised in forward, with buffers and under no_grad
# expect: inert
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.tensor(0.286))
        self.register_buffer("std", torch.tensor(0.353))
        self.fc = nn.Linear(784, 10)

    def forward(self, x):
        with torch.no_grad():
            x = (x - self.mean) / self.std
        return self.fc(x.flatten(1))


model = Net()
model(x)
