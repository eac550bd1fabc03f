# Pixels as indices of an embedding
# expect: inert
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(256, 4)
        self.fc = nn.Linear(784 * 4, 10)

    def forward(self, x):
        x = self.embedding((x * 255).long().clamp(0, 255))
        return self.fc(x.flatten(1))


model = Net()
model(x)
