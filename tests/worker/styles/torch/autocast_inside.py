# torch.autocast inside forward
# expect: asked missing.unsupported_layer
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(784, 10)

    def forward(self, x):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            return self.fc(x.flatten(1)).float()


model = Net()
model(x)
