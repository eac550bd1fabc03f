# Tied weights: one parameter in two layers
# expect: inert
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(784, 784)
        self.b = nn.Linear(784, 784)
        self.b.weight = self.a.weight
        self.out = nn.Linear(784, 10)

    def forward(self, x):
        return self.out(torch.relu(self.b(torch.relu(self.a(x.flatten(1))))))


model = Net()
model(x)
