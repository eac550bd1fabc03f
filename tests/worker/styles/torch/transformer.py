# A transformer encoder over the rows
# expect: inert
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(28, 4, 56, batch_first=True), 1)
        self.fc = nn.Linear(28, 10)

    def forward(self, x):
        return self.fc(self.encoder(x.squeeze(1)).mean(dim=1))


model = Net()
model(x)
