#!/usr/bin/env python3
"""What PyTorch does on this machine: images/s of a training step (forward, triplet loss, backward, Adam) and of embedding,
for NN4 at 96x96, `mini` at 48x48 and `mini-32` at 32x32 with width 24, with one and two threads, channels-last and not. One JSON line a
measurement:

    python3 bench/pytorch_step.py [nn4 mini mini-32] [--seconds 5] [--batches 60,300] [--threads 1,2]

The networks are those of scripts/fixtures/learning.py, with kernels in PyTorch's own order and operations in place.
"""
import argparse
import importlib.util
import json
import pathlib
import time

import torch
import torch.nn.functional as F

path = pathlib.Path(__file__).parents[1] / 'scripts/fixtures/learning.py'
spec = importlib.util.spec_from_file_location('learning', path)
oracle = importlib.util.module_from_spec(spec)
spec.loader.exec_module(oracle)


class Network(torch.nn.Module):
    def __init__(self, layers, memory_format):
        super().__init__()
        self.layers, self.at = layers, {}
        for name, value in oracle.initial(layers).items():
            value = value.detach().float()
            if value.dim() == 4:
                value = value.permute(3, 2, 0, 1).contiguous(memory_format=memory_format)
            key = name.replace('.', '_')
            if name.endswith(('.mean', '.variance')):
                self.register_buffer(key, value)
            else:
                value = torch.nn.Parameter(value)
                self.register_parameter(key, value)
            self.at[name] = value

    def forward(self, x):
        return oracle.forward(self.layers, self.at, x, self.training)


def unit(self, x, w, training):
    at = lambda role: w[f'{self.name}.{role}']
    y = F.conv2d(x, at('kernel'), at('bias'), self.stride, self.pad)
    y = F.batch_norm(y, at('mean'), at('variance'), at('scale'), at('offset'), training, 0.1, 1e-5)
    return F.relu(y, inplace=True)


oracle.Unit.__call__ = unit
oracle.l2_pool = lambda x: torch.sqrt(F.avg_pool2d(x * x, 3, 1) * 9 + 1e-12)


def triplet_loss(e, people, images, margin=0.2):
    """Every anchor-positive pair with one random negative within the margin, as matrices."""
    squares = (e * e).sum(1)
    d = (squares[:, None] + squares - 2 * e @ e.t()).clamp(min=0)
    i, j = torch.triu_indices(images, images, 1)
    anchor = (torch.arange(people)[:, None] * images + i).flatten()
    positive = (torch.arange(people)[:, None] * images + j).flatten()
    with torch.no_grad():
        other = torch.arange(len(e))[None] // images != (anchor // images)[:, None]
        within = other & (d[anchor] - d[anchor, positive][:, None] < margin)
        negative = (within * torch.rand(within.shape)).argmax(1)
        found = within.any(1)
    anchor, positive, negative = anchor[found], positive[found], negative[found]
    return (d[anchor, positive] - d[anchor, negative] + margin).clamp(min=0).mean() if len(anchor) else 0 * e.sum()


def fastest(run, seconds):
    """Seconds, and processor seconds, of the fastest run: the least disturbed one."""
    run()
    best, cpu, began = float('inf'), float('inf'), time.perf_counter()
    while time.perf_counter() - began < seconds:
        start, used = time.perf_counter(), time.process_time()
        run()
        best, cpu = min(best, time.perf_counter() - start), min(cpu, time.process_time() - used)
    return best, cpu


def images_each(batch):
    return 20 if batch % 20 == 0 else 8


def made(name):
    return {'mini': lambda: (oracle.mini(), 48), 'mini-32': lambda: (oracle.mini(24, 2), 32), 'nn4': lambda: (oracle.nn4(), 96)}[name]()


def measure(name, batch, threads, memory_format, seconds):
    torch.set_num_threads(threads)
    layers, size = made(name)
    network = Network(layers, memory_format)
    x = torch.rand(batch, 3, size, size).contiguous(memory_format=memory_format)
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-3)

    def train():
        optimiser.zero_grad()
        triplet_loss(network(x), batch // images_each(batch), images_each(batch)).backward()
        optimiser.step()

    def embed():
        with torch.inference_mode():
            network(x)

    for task, run in (('train', train), ('embed', embed)):
        network.train(task == 'train')
        best, cpu = fastest(run, seconds)
        engine = 'pytorch, channels last' if memory_format == torch.channels_last else 'pytorch'
        record = {'engine': engine, 'network': name, 'task': task, 'batch': batch, 'threads': threads}
        print(json.dumps({**record, 'seconds': best, 'processorSeconds': cpu}), flush=True)


def main():
    numbers = lambda text: [int(word) for word in text.split(',')]
    parser = argparse.ArgumentParser()
    parser.add_argument('networks', nargs='*', default=['mini', 'nn4'])
    parser.add_argument('--seconds', type=float, default=5)
    parser.add_argument('--batches', type=numbers, default=[60, 300])
    parser.add_argument('--threads', type=numbers, default=[1, 2])
    arguments = parser.parse_args()
    for name in arguments.networks:
        for threads in arguments.threads:
            for memory_format in (torch.channels_last, torch.contiguous_format):
                for batch in arguments.batches:
                    measure(name, batch, threads, memory_format, arguments.seconds)


main()
