# weight_norm by parametrisation
# expect: inert
from torch.nn.utils.parametrizations import weight_norm

model = nn.Sequential(nn.Flatten(), weight_norm(nn.Linear(784, 10)))
model(x)
