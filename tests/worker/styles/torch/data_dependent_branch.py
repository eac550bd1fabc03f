# An if that depends on the data
# expect: asked missing.data_dependent
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(784, 10)

    def forward(self, x):
        x = x.flatten(1)
        if x.max() > 1:
            x = x / 255
        return self.fc(x)


model = Net()
model(x)
