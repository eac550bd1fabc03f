# An activation written by hand
# expect: inert
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(784, 32)
        self.b = nn.Linear(32, 10)

    def forward(self, x):
        h = self.a(x.flatten(1))
        return self.b(h * torch.sigmoid(h))


model = Net()
model(x)
