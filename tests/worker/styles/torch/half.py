# bfloat16 weights
# expect: inert
model = nn.Sequential(nn.Flatten(), nn.Linear(784, 10)).to(torch.bfloat16)
x = x.to(torch.bfloat16)
model(x)
