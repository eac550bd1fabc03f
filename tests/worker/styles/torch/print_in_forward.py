# print in forward
# expect: inert
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(784, 10)

    def forward(self, x):
        print("shape:", x.shape)
        return self.fc(x.flatten(1))


model = Net()
model(x)
