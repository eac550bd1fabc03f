# An operation that is not on the list
# expect: asked missing.unsupported_layer
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(784, 10)

    def forward(self, x):
        return self.fc(torch.fft.fft2(x).real.flatten(1))


model = Net()
model(x)
