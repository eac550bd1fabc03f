# device = "cuda" if there is one, on a CPU worker
# expect: inert
device = "cuda" if torch.cuda.is_available() else "cpu"


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(784, 10)

    def forward(self, x):
        return self.fc(x.to(device).flatten(1))


model = Net().to(device)
model(x.to(device))
