# nn.RNN
# expect: inert
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.RNN(28, 24, batch_first=True, nonlinearity="relu")
        self.fc = nn.Linear(24, 10)

    def forward(self, x):
        return self.fc(self.rnn(x.squeeze(1))[0].mean(dim=1))


model = Net()
model(x)
