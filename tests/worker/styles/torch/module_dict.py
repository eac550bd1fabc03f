# A ModuleDict and a choice by name
# expect: inert
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleDict({"first": nn.Linear(784, 64), "last": nn.Linear(64, 10)})
        self.bend = nn.ModuleDict({"tanh": nn.Tanh(), "gelu": nn.GELU()})

    def forward(self, x):
        x = self.bend["gelu"](self.parts["first"](x.flatten(1)))
        return self.parts["last"](x)


model = Net()
model(x)
