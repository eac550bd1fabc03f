# .item() in forward, without a branch
# expect: inert
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(784, 10)

    def forward(self, x):
        return self.fc(x.flatten(1) / x.abs().max().item())


model = Net()
model(x)
