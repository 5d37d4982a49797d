"""A Llama decoder in plain PyTorch, as it is commonly written, with the same sizes and work as bench/Repro.Bench/ModelBenchmarks.cs."""

import torch
import torch.nn.functional as F
from torch import nn

from decoder import attention

# name: (layers, width, heads, key-value heads, inner width, vocabulary)
SIZES = {
    "small": (2, 64, 4, 2, 176, 256),
    "medium": (4, 256, 8, 4, 688, 2000),
}


class RmsNorm(nn.Module):
    def __init__(self, width, eps=1e-5):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.eps = eps

    def forward(self, x):
        return self.weight * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps))


def turn(x, cosines, sines):
    first, second = x.chunk(2, dim=-1)
    return x * cosines + torch.cat((-second, first), dim=-1) * sines


def repeat(x, times):
    batch, groups, length, size = x.shape
    return x[:, :, None].expand(batch, groups, times, length, size).reshape(batch, groups * times, length, size)


class Block(nn.Module):
    def __init__(self, width, heads, groups, inner):
        super().__init__()
        self.heads, self.groups, self.size = heads, groups, width // heads
        self.norm1 = RmsNorm(width)
        self.query = nn.Linear(width, heads * self.size, bias=False)
        self.key = nn.Linear(width, groups * self.size, bias=False)
        self.value = nn.Linear(width, groups * self.size, bias=False)
        self.out = nn.Linear(heads * self.size, width, bias=False)
        self.norm2 = RmsNorm(width)
        self.gate = nn.Linear(width, inner, bias=False)
        self.up = nn.Linear(width, inner, bias=False)
        self.down = nn.Linear(inner, width, bias=False)

    def forward(self, x, cosines, sines, mask, past=None):
        batch, length, width = x.shape
        h = self.norm1(x)
        query = turn(self.query(h).view(batch, length, self.heads, self.size).transpose(1, 2), cosines, sines)
        key = turn(self.key(h).view(batch, length, self.groups, self.size).transpose(1, 2), cosines, sines)
        value = self.value(h).view(batch, length, self.groups, self.size).transpose(1, 2)
        if past is not None:
            key = torch.cat((past[0], key), dim=2)
            value = torch.cat((past[1], value), dim=2)
        times = self.heads // self.groups
        mixed = attention(query, repeat(key, times), repeat(value, times), mask)
        x = x + self.out(mixed.transpose(1, 2).reshape(batch, length, width))
        h = self.norm2(x)
        return x + self.down(F.silu(self.gate(h)) * self.up(h)), (key, value)


class Llama(nn.Module):
    def __init__(self, layers, width, heads, groups, inner, vocabulary):
        super().__init__()
        self.embed = nn.Embedding(vocabulary, width)
        self.blocks = nn.ModuleList([Block(width, heads, groups, inner) for _ in range(layers)])
        self.norm = RmsNorm(width)
        self.head = nn.Linear(width, vocabulary, bias=False)
        size = width // heads
        self.register_buffer("frequencies", 10000.0 ** (-torch.arange(0, size, 2).float() / size))

    def hidden(self, ids, attention_mask, past=None):
        """Hidden states and the cache: attention_mask covers past and new positions."""
        length, total = ids.shape[1], attention_mask.shape[1]
        positions = (attention_mask.cumsum(1) - 1).clamp(min=0)[:, total - length:]
        angles = positions.float()[..., None] * self.frequencies
        angles = torch.cat((angles, angles), dim=-1)[:, None]
        cosines, sines = angles.cos(), angles.sin()
        queries = torch.arange(total - length, total)[:, None]
        keys = torch.arange(total)[None]
        allowed = (keys <= queries) & attention_mask.bool()[:, None, :] | (keys == queries)
        mask = torch.zeros(allowed.shape).masked_fill(~allowed, float("-inf"))[:, None]
        h = self.embed(ids)
        cache = []
        for i, block in enumerate(self.blocks):
            h, kept = block(h, cosines, sines, mask, None if past is None else past[i])
            cache.append(kept)
        return self.norm(h), cache

    def forward(self, ids, attention_mask):
        return self.head(self.hidden(ids, attention_mask)[0])


def make(size):
    torch.manual_seed(1)
    return Llama(*SIZES[size])


def gradients(size, batch, length):
    """Forward and backward of a whole batch, as a function to call again and again."""
    model = make(size)
    vocabulary = SIZES[size][-1]
    ids = torch.randint(vocabulary, (batch, length))
    mask = torch.ones_like(ids)
    targets = torch.randint(vocabulary, (batch * length,))

    def step():
        model.zero_grad(set_to_none=True)
        F.cross_entropy(model(ids, mask).view(-1, vocabulary), targets).backward()

    return step


def generation(size, batch, prompt, new):
    """Greedy continuation with a cache of keys and values."""
    model = make(size).eval()
    vocabulary = SIZES[size][-1]
    ids = torch.randint(vocabulary, (batch, prompt))
    mask = torch.ones_like(ids)

    def run():
        sequences, seen, past = ids, mask, None
        for _ in range(new):
            fresh = sequences if past is None else sequences[:, -1:]
            hidden, past = model.hidden(fresh, seen, past)
            best = model.head(hidden[:, -1]).argmax(-1)
            sequences = torch.cat((sequences, best[:, None]), dim=1)
            seen = torch.cat((seen, torch.ones_like(best)[:, None]), dim=1)
        return sequences

    return run
