# A softmax wrapped around a trained net
# expect: inert
logits = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
model = nn.Sequential(logits, nn.Softmax(dim=1))
model(x)
