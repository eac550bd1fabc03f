# A loop over a ModuleList
# expect: inert
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(784, 784) for _ in range(3)])
        self.out = nn.Linear(784, 10)

    def forward(self, x):
        x = torch.flatten(x, 1)
        for layer in self.layers:
            x = F.elu(layer(x))
        return F.softmax(self.out(x), dim=-1)


model = Net()
model(x)
