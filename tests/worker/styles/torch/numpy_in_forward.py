# numpy inside forward
# expect: asked missing.numpy_inside
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(784, 10)

    def forward(self, x):
        rows = x.detach().numpy().reshape(len(x), -1)
        return self.fc(torch.from_numpy(rows))


model = Net()
model(x)
