# torch.jit.script
# expect: missing.not_traced
model = torch.jit.script(nn.Sequential(nn.Flatten(), nn.Linear(784, 10)))
model(x)
