# einsum and matmul with parameters
# expect: inert
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.randn(784, 20) * 0.05)
        self.v = nn.Parameter(torch.randn(10, 20) * 0.1)

    def forward(self, x):
        hidden = torch.einsum("bi,io->bo", x.flatten(1), self.w).tanh()
        return torch.matmul(hidden, self.v.t())


model = Net()
model(x)
