# torch.jit.script
# expect: asked missing.not_traced
model = torch.jit.script(nn.Sequential(nn.Flatten(), nn.Linear(784, 10)))
model(x)
