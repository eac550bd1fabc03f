# LSTM, two layers both ways, with its first state made in forward
# expect: inert
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(28, 16, num_layers=2, bidirectional=True, batch_first=True)
        self.fc = nn.Linear(32, 10)

    def forward(self, x):
        state = torch.zeros(4, x.size(0), 16), torch.zeros(4, x.size(0), 16)
        out, _ = self.lstm(x.view(-1, 28, 28), state)
        return self.fc(out[:, -1, :])


model = Net()
model(x)
