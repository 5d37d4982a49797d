"""Writes fixtures/torch/reward_steps.json: steps of all kinds of reward models as plain PyTorch makes them, for the tests of the C# side.

Weights and texts come from formulas. Run with the Python of the same LibTorch:
    /usr/bin/python3 bench/python/reward_fixtures.py
"""

import json
import pathlib
import sys

import torch
import torch.nn.functional as F

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from llama import Llama  # noqa: E402
from torch_fixtures import OUT, waves  # noqa: E402

SIZES = (2, 16, 4, 2, 24, 40)
STEPS = 3
NAMES = {
    "norm1": "input_layernorm", "norm2": "post_attention_layernorm", "query": "self_attn.q_proj", "key": "self_attn.k_proj",
    "value": "self_attn.v_proj", "out": "self_attn.o_proj", "gate": "mlp.gate_proj", "up": "mlp.up_proj", "down": "mlp.down_proj",
}


def published(name):
    """The name of a parameter in published checkpoints."""
    parts = name.split(".")
    if parts[0] == "blocks":
        return f"model.layers.{parts[1]}.{NAMES[parts[2]]}.weight"
    return {"embed": "model.embed_tokens.weight", "norm": "model.norm.weight"}[parts[0]]


class RewardModel(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.body = Llama(*SIZES)
        del self.body.head
        self.score = torch.nn.Linear(SIZES[1], 1, bias=False)
        self.named = dict(sorted([(published(n), p) for n, p in self.body.named_parameters()] + [("score.weight", self.score.weight)]))
        with torch.no_grad():
            for i, parameter in enumerate(self.named.values()):
                wave = waves(tuple(parameter.shape), 0.37 + 0.011 * i, 0.3)
                parameter.copy_(wave + 1 if parameter.dim() == 1 else wave)

    def forward(self, texts):
        """Outputs of every token [texts, time], padded behind."""
        longest = max(map(len, texts))
        ids = torch.tensor([text + [0] * (longest - len(text)) for text in texts])
        mask = torch.tensor([[1] * len(text) + [0] * (longest - len(text)) for text in texts])
        return self.score(self.body.hidden(ids, mask)[0]).squeeze(-1)


def text(seed, length):
    return [(7 * seed * seed + 5 * i + i * i * seed) % SIZES[-1] for i in range(length)]


def last(outputs, texts):
    return outputs[torch.arange(len(texts)), torch.tensor([len(t) - 1 for t in texts])]


def preference(model):
    groups = [[text(10 * g, 4) + text(10 * g + k, 1 + (3 * k + g) % 5) for k in range(size)] for g, size in enumerate([2, 4, 3], 1)]
    texts = [t for group in groups for t in group]
    scores = last(model(texts), texts).split([len(group) for group in groups])
    losses = []
    for own in scores:
        pairs = [(own[i], own[j]) for i in range(len(own)) for j in range(i + 1, len(own))]
        losses.append(torch.stack([-F.logsigmoid(a - b) + 0.001 * 0.5 * (a ** 2 + b ** 2) for a, b in pairs]).mean())
    return torch.stack(losses).mean(), torch.cat(scores)


def absolute(kind):
    def run(model):
        texts = [text(k, 3 + 2 * k % 7) for k in range(1, 7)]
        targets = torch.tensor([0.1 * k for k in range(1, 7)])
        weights = torch.where(targets <= 0.4, 2.5, 1.0)
        outputs = last(model(texts), texts)
        if kind == "mean_squared":
            errors = weights * (outputs - targets) ** 2 + 0.02 * (F.relu(-outputs) + F.relu(outputs - 1))
        elif kind == "sigmoid_mean_squared":
            errors = weights * (outputs.sigmoid() - targets) ** 2
        else:
            errors = weights * F.binary_cross_entropy_with_logits(outputs, targets, reduction="none")
        return errors.mean(), outputs
    return run


def process(model):
    texts = [text(k, 4 + k) for k in range(1, 6)]
    places = [[i for i in range(len(t)) if i % 3 == 2 or i == len(t) - 1] for t in texts]
    outputs = model(texts)
    read = torch.cat([outputs[row, own] for row, own in enumerate(places)])
    labels = torch.cat([torch.tensor([float((row + i) % 2) for i in own]) for row, own in enumerate(places)])
    return F.binary_cross_entropy_with_logits(read, labels), read


def outcome(model):
    texts = [text(k, 3 + k) for k in range(1, 6)]
    outputs = model(texts)
    read = torch.cat([outputs[row, len(t) - 2:len(t)] for row, t in enumerate(texts)])
    labels = torch.tensor([float(row % 2) for row in range(len(texts)) for _ in range(2)])
    return F.binary_cross_entropy_with_logits(read, labels), read


def steps(run):
    model = RewardModel()
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.95), eps=1e-6, weight_decay=0.0)
    recorded = []
    for _ in range(STEPS):
        loss, scores = run(model)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 0.3)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        recorded.append({"loss": float(loss), "gradient_norm": float(norm), "scores": [float(x) for x in scores]})
    return {"steps": recorded, "weights": {name: float(p.detach().double().norm()) for name, p in model.named.items()}}


def main():
    torch.set_num_threads(1)
    kinds = {kind: absolute(kind) for kind in ("mean_squared", "sigmoid_mean_squared", "logistic")}
    cases = {name: steps(run) for name, run in {"preference": preference, **kinds, "process": process, "outcome": outcome}.items()}
    (OUT / "reward_steps.json").write_text(json.dumps({"made_by": "bench/python/reward_fixtures.py", "torch": torch.__version__, "cases": cases}, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
