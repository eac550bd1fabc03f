# An activation kept in the module
# expect: inert
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(784, 32)
        self.b = nn.Linear(32, 10)
        self.seen = []

    def forward(self, x):
        self.hidden = torch.relu(self.a(x.flatten(1)))
        self.seen.append(self.hidden)
        return self.b(self.hidden)


model = Net()
model(x)
