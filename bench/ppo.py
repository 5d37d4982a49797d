"""One PPO iteration in plain PyTorch, as trainers commonly write it: sampling with a cache, whole logits of every pass, separate passes for policy, reference and
reward model, a loss with log-softmax and entropy, mini-batches with an update each. The twin is
bench/Repro.Bench/PpoBenchmarks.cs.
"""
import random

import torch
import torch.nn.functional as F
from torch import nn

import llama

# name: (layers, width, heads, key-value heads, inner width, vocabulary), tokens of the longest prompt and of each response
SIZES = {
    "small": ((4, 256, 8, 4, 688, 8192), 48),
    "large": ((8, 512, 8, 4, 1376, 32000), 24),
}
RESPONSES = 16
MINI_BATCH = 4
EPOCHS = 4


class Lora(nn.Module):
    """A linear layer with a low-rank adapter that can be switched off."""

    def __init__(self, base, rank=16, alpha=32):
        super().__init__()
        self.base = base
        self.down = nn.Linear(base.in_features, rank, bias=False)
        self.up = nn.Linear(rank, base.out_features, bias=False)
        nn.init.zeros_(self.up.weight)
        self.scale = alpha / rank
        self.active = True

    def forward(self, x):
        out = self.base(x)
        return out + self.up(self.down(x)) * self.scale if self.active else out


def with_adapters(model):
    model.requires_grad_(False)
    for block in model.blocks:
        block.query, block.value = Lora(block.query), Lora(block.value)
    return model


def switch(model, active):
    for block in model.blocks:
        block.query.active = block.value.active = active


def sample(model, ids, mask, count):
    """Draws responses of a fixed length; prompts are padded on the left."""
    past = None
    for _ in range(count):
        fresh = ids if past is None else ids[:, -1:]
        hidden, past = model.hidden(fresh, mask, past)
        drawn = torch.multinomial(model.head(hidden[:, -1]).softmax(-1), 1)
        ids = torch.cat((ids, drawn), dim=1)
        mask = torch.cat((mask, torch.ones_like(drawn)), dim=1)
    return ids, mask


def log_probs(logits, ids):
    return logits[:, :-1].log_softmax(-1).gather(2, ids[:, 1:, None]).squeeze(2)


def masked_mean(values, mask):
    return (values * mask).sum() / mask.sum()


def whiten(values, mask):
    mean = masked_mean(values, mask)
    count = mask.sum()
    variance = masked_mean((values - mean) ** 2, mask) * count / (count - 1)
    return (values - mean) * torch.rsqrt(variance + 1e-8)


def advantages_of(values, rewards, mask, gamma=1.0, lam=0.95):
    values, rewards = values * mask, rewards * mask
    last, reversed_advantages = 0, []
    length = rewards.shape[1]
    for t in reversed(range(length)):
        after = values[:, t + 1] if t < length - 1 else 0.0
        last = rewards[:, t] + gamma * after - values[:, t] + gamma * lam * last
        reversed_advantages.append(last)
    advantages = torch.stack(reversed_advantages[::-1], dim=1)
    return values, whiten(advantages, mask), advantages + values


def make(size):
    sizes, longest = SIZES[size]
    torch.manual_seed(1)
    model = with_adapters(llama.Llama(*sizes))
    head = nn.Linear(sizes[1], 1)
    judge = llama.Llama(*sizes).requires_grad_(False)
    score = nn.Linear(sizes[1], 1, bias=False).requires_grad_(False)
    trained = [p for p in [*model.parameters(), *head.parameters()] if p.requires_grad]
    optimiser = torch.optim.Adam(trained, lr=1.41e-5)
    prompts = []
    for row in range(RESPONSES):
        source = random.Random(row)
        prompts.append([source.randrange(sizes[-1]) for _ in range(longest - row * 5 % (longest // 2))])

    def iteration():
        width = max(map(len, prompts))
        ids = torch.tensor([[0] * (width - len(p)) + p for p in prompts])
        mask = torch.tensor([[0] * (width - len(p)) + [1] * len(p) for p in prompts])
        with torch.no_grad():
            ids, mask = sample(model, ids, mask, longest)
            hidden, _ = judge.hidden(ids, mask)
            scores = score(hidden[:, -1]).squeeze(1)
            hidden, _ = model.hidden(ids, mask)
            old, values = log_probs(model.head(hidden), ids), head(hidden).squeeze(-1)[:, :-1]
            switch(model, False)
            frozen = log_probs(model(ids, mask), ids)
            switch(model, True)
            response = torch.zeros_like(old)
            response[:, width - 1:] = 1
            rewards = -0.2 * (old - frozen)
            rewards[:, -1] += scores
            values, advantages, returns = advantages_of(values, rewards, response)
        for _ in range(EPOCHS):
            for rows in torch.randperm(RESPONSES).split(MINI_BATCH):
                batch, seen, counted = ids[rows], mask[rows], response[rows]
                hidden, _ = model.hidden(batch, seen)
                logits = model.head(hidden)
                now, value = log_probs(logits, batch), head(hidden).squeeze(-1)[:, :-1]
                clipped = torch.max(torch.min(value, values[rows] + 0.2), values[rows] - 0.2)
                worst = torch.max((value - returns[rows]) ** 2, (clipped - returns[rows]) ** 2)
                ratio = torch.exp(now - old[rows])
                policy = torch.max(-advantages[rows] * ratio, -advantages[rows] * ratio.clamp(0.8, 1.2))
                loss = masked_mean(policy, counted) + 0.1 * 0.5 * masked_mean(worst, counted)
                with torch.no_grad():
                    table = logits[:, :-1]
                    entropy = masked_mean(torch.logsumexp(table, -1) - (table.softmax(-1) * table).sum(-1), counted)
                statistics = [loss.item(), entropy.item(), masked_mean(ratio, counted).item()]
                optimiser.zero_grad(set_to_none=True)
                loss.backward()
                optimiser.step()
        return statistics

    return iteration
