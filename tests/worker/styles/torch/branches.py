# Branches that are joined by cat
# expect: inert
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(784, 16)
        self.b = nn.Linear(784, 16)
        self.out = nn.Linear(32, 10)

    def forward(self, x):
        x = x.flatten(1)
        return self.out(torch.cat([self.a(x).relu(), self.b(x).sigmoid()], dim=1))


model = Net()
model(x)
