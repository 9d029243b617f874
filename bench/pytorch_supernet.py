"""Images a second of a DARTS supernet of NAS-Bench-201's cells in PyTorch: python3 pytorch_supernet.py BATCH SIDE STEPS CHANNELS...

Prints JSON: images per second of training steps of the weights, and how much more memory (MiB) there is in use after them.
"""
import json
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

EDGES = [(source, to) for to in (1, 2, 3) for source in range(to)]
CLASSES = 10


def norm(x):
    return F.batch_norm(x, None, None, training=True)


def conv(inputs, outputs, kernel, stride=1):
    return nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)


class Cell(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.ModuleList(conv(channels, channels, 1) for _ in EDGES)
        self.conv3 = nn.ModuleList(conv(channels, channels, 3) for _ in EDGES)

    def forward(self, x, shares):
        nodes = [x, None, None, None]
        for edge, (source, to) in enumerate(EDGES):
            own, active = nodes[source], torch.relu(nodes[source])
            pooled = F.avg_pool2d(own, 3, 1, 1, count_include_pad=False)
            terms = [own, norm(self.conv1[edge](active)), norm(self.conv3[edge](active)), norm(pooled)]
            mixed = sum(share * term for share, term in zip(shares[edge, 1:], terms))
            nodes[to] = mixed if nodes[to] is None else nodes[to] + mixed
        return nodes[3]


class Reduction(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.a, self.b = conv(inputs, outputs, 3, 2), conv(outputs, outputs, 3)
        self.shortcut = conv(inputs, outputs, 1)

    def forward(self, x):
        second = norm(self.b(torch.relu(norm(self.a(torch.relu(x))))))
        return second + self.shortcut(F.avg_pool2d(x, 2))


class Supernet(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.stem = conv(1, channels[0], 3)
        self.cells = nn.ModuleList(Cell(c) for c in channels)
        self.reductions = nn.ModuleList(Reduction(a, b) for a, b in zip(channels, channels[1:]))
        self.classifier = nn.Linear(channels[-1], CLASSES)

    def forward(self, x, shares):
        x = norm(self.stem(x))
        for stage, cell in enumerate(self.cells):
            x = cell(self.reductions[stage - 1](x) if stage > 0 else x, shares)
        return self.classifier(torch.relu(norm(x)).mean((2, 3)))


def resident_mib():
    with open('/proc/self/status') as status:
        return next(int(line.split()[1]) for line in status if line.startswith('VmRSS')) / 1024


def main(batch, side, steps, *channels):
    torch.set_num_threads(1)
    torch.manual_seed(1)
    before = resident_mib()
    model = Supernet(channels)
    optimiser = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=3e-4)
    images, labels = torch.rand(batch, 1, side, side), torch.randint(CLASSES, (batch,))
    shares = torch.full((len(EDGES), 5), 0.2)

    def step():
        optimiser.zero_grad()
        F.cross_entropy(model(images, shares), labels).backward()
        optimiser.step()

    step()
    started = time.perf_counter()
    for _ in range(steps):
        step()
    seconds = time.perf_counter() - started
    return {'imagesPerSecond': batch * steps / seconds, 'memoryMiB': resident_mib() - before, 'seconds': seconds}


print(json.dumps(main(*map(int, sys.argv[1:]))))
