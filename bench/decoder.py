"""The decoder of the benchmarks and fixtures; its twin is in bench/Repro.Bench/Decoder.cs."""

import torch
import torch.nn.functional as F
from torch import nn


def attention(query, key, value, mask=None, causal=False):
    """Scaled dot-product attention under the name that this version knows it by."""
    if hasattr(F, "scaled_dot_product_attention"):
        return F.scaled_dot_product_attention(query, key, value, attn_mask=mask, is_causal=causal)
    return torch._C._nn._scaled_dot_product_attention(query, key, value, mask, 0.0, False, causal)[0]


class Block(nn.Module):
    def __init__(self, width, heads, qkv_bias=True):
        super().__init__()
        self.heads = heads
        self.norm1 = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width, bias=qkv_bias)
        self.out = nn.Linear(width, width)
        self.norm2 = nn.LayerNorm(width)
        self.up = nn.Linear(width, 4 * width)
        self.down = nn.Linear(4 * width, width)

    def forward(self, x):
        batch, length, width = x.shape
        query, key, value = self.qkv(self.norm1(x)).view(batch, length, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        mixed = attention(query, key, value, causal=True)
        x = x + self.out(mixed.transpose(1, 2).reshape(batch, length, width))
        return x + self.down(F.gelu(self.up(self.norm2(x))))


class Decoder(nn.Module):
    def __init__(self, vocabulary, width, heads, layers, length, qkv_bias=True):
        super().__init__()
        self.tokens = nn.Embedding(vocabulary, width)
        self.positions = nn.Embedding(length, width)
        self.blocks = nn.ModuleList([Block(width, heads, qkv_bias) for _ in range(layers)])
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, vocabulary, bias=False)

    def forward(self, ids):
        hidden = self.tokens(ids) + self.positions(torch.arange(ids.shape[1]))
        for block in self.blocks:
            hidden = block(hidden)
        return self.head(self.norm(hidden))


def training_step(vocabulary=256, width=64, heads=4, layers=2, batch=16, length=64):
    """One step of AdamW on random tokens, as a function to call again and again."""
    torch.manual_seed(1)
    model = Decoder(vocabulary, width, heads, layers, length)
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.01)
    ids = torch.randint(vocabulary, (batch, length))
    targets = torch.randint(vocabulary, (batch * length,))

    def step():
        optimiser.zero_grad(set_to_none=True)
        loss = F.cross_entropy(model(ids).view(-1, vocabulary), targets)
        loss.backward()
        optimiser.step()

    return step
