"""Writes fixtures/torch/*.json: what Python computes with LibTorch, for the tests of the C# side.

Inputs and weights come from a formula, so that nothing has to be drawn. Run with the Python of the same LibTorch:
    /usr/bin/python3 bench/python/torch_fixtures.py
"""

import json
import math
import pathlib
import sys

import torch
import torch.nn.functional as F
from torch import nn, optim

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from decoder import Decoder, attention  # noqa: E402

OUT = pathlib.Path(__file__).resolve().parents[2] / "fixtures" / "torch"


def waves(shape, frequency, scale=1.0):
    """sin(frequency * (i + 1)) * scale over the flat index i, computed in double precision."""
    count = math.prod(shape)
    values = (torch.arange(count, dtype=torch.float64) + 1).mul(frequency).sin().mul(scale)
    return values.to(torch.float32).reshape(shape)


def fill(module, scale=0.5):
    with torch.no_grad():
        for i, parameter in enumerate(module.parameters()):
            parameter.copy_(waves(tuple(parameter.shape), 0.37 + 0.11 * i, scale))


def numbers(tensor):
    return [float(x) for x in tensor.detach().flatten()]


def training():
    cases = []
    optimisers = {
        "adam": lambda p: optim.Adam(p, lr=1e-3),
        "adam_decay_amsgrad": lambda p: optim.Adam(p, lr=1e-3, betas=(0.8, 0.95), eps=1e-6, weight_decay=0.1, amsgrad=True),
        "adamw": lambda p: optim.AdamW(p, lr=1e-3, weight_decay=0.05),
        "adamw_amsgrad_maximize": lambda p: optim.AdamW(p, lr=1e-3, weight_decay=0.0, amsgrad=True, maximize=True),
        "sgd": lambda p: optim.SGD(p, lr=0.05),
        "sgd_momentum": lambda p: optim.SGD(p, lr=0.02, momentum=0.9, dampening=0.1, weight_decay=0.01),
        "sgd_nesterov": lambda p: optim.SGD(p, lr=0.02, momentum=0.9, nesterov=True),
        "rmsprop": lambda p: optim.RMSprop(p, lr=1e-3),
        "rmsprop_centered_momentum": lambda p: optim.RMSprop(p, lr=1e-3, alpha=0.95, eps=1e-6, weight_decay=0.01, momentum=0.5, centered=True),
    }
    vocabulary, width, heads, layers, length, batch = 11, 8, 2, 2, 6, 3
    ids = torch.arange(batch * length).mul(7).remainder(vocabulary).reshape(batch, length)
    targets = torch.arange(batch * length).mul(5).add(3).remainder(vocabulary).reshape(batch, length)
    def run(make, dtype):
        # No bias for the keys: attention does not depend on it, so its gradient is rounding noise, which Adam makes large.
        model = Decoder(vocabulary, width, heads, layers, length, qkv_bias=False)
        fill(model)
        model.to(dtype)
        optimiser = make(model.parameters())
        losses, norms = [], []
        for _ in range(20):
            optimiser.zero_grad(set_to_none=True)
            loss = F.cross_entropy(model(ids).reshape(-1, vocabulary), targets.reshape(-1))
            loss.backward()
            norms.append(float(nn.utils.clip_grad_norm_(model.parameters(), 1.0)))
            optimiser.step()
            losses.append(float(loss))
        return {"losses": losses, "gradient_norms": norms, "parameters": {key: numbers(value)[:16] for key, value in model.state_dict().items()}}

    # In double precision too: there a last digit stays invisible, whatever the processor, even where an optimiser divides by differences of nearly equal numbers.
    for name, make in optimisers.items():
        cases.append({"optimiser": name, "float32": run(make, torch.float32), "float64": run(make, torch.float64)})
    shape = {"vocabulary": vocabulary, "width": width, "heads": heads, "layers": layers, "length": length, "batch": batch}
    return {"shape": shape, "steps": 20, "cases": cases}


def main():
    torch.set_num_threads(1)
    OUT.mkdir(parents=True, exist_ok=True)
    for name, make in [("training", training)]:
        content = {"made_by": "bench/python/torch_fixtures.py", "torch": torch.__version__, **make()}
        (OUT / f"{name}.json").write_text(json.dumps(content, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
