"""Median milliseconds of one training step of the BRP-NAS GCN in PyTorch: python3 pytorch_gcn.py HIDDEN."""
import sys
import time

import torch

BATCH, NODES, FEATURES, STEPS = 32, 9, 6, 60


class Gcn(torch.nn.Module):
    def __init__(self, hidden):
        super().__init__()
        widths = [FEATURES] + [hidden] * 4
        self.convs = torch.nn.ModuleList(torch.nn.Linear(a, b) for a, b in zip(widths, widths[1:]))
        self.norms = torch.nn.ModuleList(torch.nn.LayerNorm(hidden) for _ in range(4))
        self.readout = torch.nn.Linear(hidden, 1)

    def forward(self, adjacency, x):
        for conv, norm in zip(self.convs, self.norms):
            x = torch.relu(norm(conv(adjacency @ x)))
        return self.readout(x[:, -1]).squeeze(-1)


def step_ms(hidden, threads):
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    model = Gcn(hidden)
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=5e-4)
    x = torch.rand(BATCH, NODES, FEATURES)
    adjacency = (torch.rand(BATCH, NODES, NODES) > 0.5).float()
    target = torch.rand(BATCH)
    times = []
    for _ in range(STEPS):
        started = time.perf_counter()
        optimiser.zero_grad()
        torch.nn.functional.l1_loss(model(adjacency, x), target).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5)
        optimiser.step()
        times.append((time.perf_counter() - started) * 1e3)
    return sorted(times[10:])[len(times[10:]) // 2]


print(min(step_ms(int(sys.argv[1]), threads) for threads in (1, 2)))
