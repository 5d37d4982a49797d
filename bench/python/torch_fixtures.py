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


def with_gradients(function, *inputs):
    leaves = [x.clone().requires_grad_() for x in inputs]
    result = function(*leaves)
    weights = waves(tuple(result.shape), 0.29)
    (result * weights).sum().backward()
    return {"output": numbers(result), "gradients": [numbers(x.grad) for x in leaves]}


def functional():
    x = waves((2, 3, 4), 0.7, 2.0)
    y = waves((2, 3, 4), 0.45, 1.5)
    probability = torch.sigmoid(x)
    target01 = torch.sigmoid(y)
    classes = torch.tensor([[0, 2, 1, 1], [2, 2, -100, 0]])
    signs = torch.sign(y)
    q, k, v = waves((2, 2, 5, 4), 0.31), waves((2, 2, 5, 4), 0.53), waves((2, 2, 5, 4), 0.77)
    allowed = torch.tensor([[(i * 3 + j) % 4 != 1 or i == j for j in range(5)] for i in range(5)])
    added = waves((5, 5), 0.9)
    table, weight, bias = waves((5, 4), 0.21), waves((4,), 0.6), waves((4,), 0.8)
    one = {
        "relu": F.relu, "relu6": lambda t: F.relu6(t * 4), "gelu": F.gelu, "gelu_tanh": lambda t: F.gelu(t, approximate="tanh"),
        "silu": F.silu, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "logsigmoid": F.logsigmoid,
        "softplus": lambda t: F.softplus(t, 2.0, 3.0), "leaky_relu": lambda t: F.leaky_relu(t, 0.2), "elu": lambda t: F.elu(t, 0.7),
        "celu": lambda t: F.celu(t, 0.7), "selu": F.selu, "mish": F.mish, "glu": lambda t: F.glu(t, -1),
        "hardtanh": lambda t: F.hardtanh(t, -0.5, 1.5), "hardsigmoid": F.hardsigmoid, "hardswish": F.hardswish,
        "hardshrink": lambda t: F.hardshrink(t, 0.4), "softshrink": lambda t: F.softshrink(t, 0.4), "softsign": F.softsign,
        "tanhshrink": F.tanhshrink, "threshold": lambda t: F.threshold(t, 0.1, 0.2), "softmax": lambda t: F.softmax(t, 1),
        "softmin": lambda t: F.softmin(t, -1), "log_softmax": lambda t: F.log_softmax(t, -1), "normalize": lambda t: F.normalize(t, dim=-1),
        "pad_constant": lambda t: F.pad(t, (1, 2, 0, 1), value=0.5), "pad_reflect": lambda t: F.pad(t, (1, 2), mode="reflect"),
        "pad_replicate": lambda t: F.pad(t, (2, 1), mode="replicate"), "pad_circular": lambda t: F.pad(t, (1, 1), mode="circular"),
        "cross_entropy": lambda t: F.cross_entropy(t, classes), "cross_entropy_sum": lambda t: F.cross_entropy(t, classes, reduction="sum"),
        "cross_entropy_smooth": lambda t: F.cross_entropy(t, classes, label_smoothing=0.1),
        "cross_entropy_none": lambda t: F.cross_entropy(t, classes, reduction="none"),
        "cross_entropy_weight": lambda t: F.cross_entropy(t, classes, weight=torch.tensor([0.2, 0.5, 1.5])),
        "cross_entropy_ignore": lambda t: F.cross_entropy(t, classes.clamp(min=0), ignore_index=2),
        "nll_loss": lambda t: F.nll_loss(F.log_softmax(t, 1), classes),
    }
    two = {
        "mse_loss": F.mse_loss, "mse_loss_sum": lambda a, b: F.mse_loss(a, b, reduction="sum"), "l1_loss": F.l1_loss,
        "smooth_l1_loss": lambda a, b: F.smooth_l1_loss(a, b, beta=0.5), "huber_loss": lambda a, b: F.huber_loss(a, b, delta=0.6),
        "kl_div": lambda a, b: F.kl_div(F.log_softmax(a, -1), F.log_softmax(b, -1), log_target=True),
        "kl_div_probabilities": lambda a, b: F.kl_div(F.log_softmax(a, -1), F.softmax(b, -1), reduction="sum"),
        "margin_ranking_loss": lambda a, b: F.margin_ranking_loss(a, b, signs, margin=0.3),
        "soft_margin_loss": lambda a, b: F.soft_margin_loss(a * b, signs),
        "cosine_similarity": lambda a, b: F.cosine_similarity(a, b, dim=-1), "pairwise_distance": lambda a, b: F.pairwise_distance(a, b),
        "binary_cross_entropy_with_logits": lambda a, b: F.binary_cross_entropy_with_logits(a, torch.sigmoid(b)),
        "binary_cross_entropy_with_logits_weights": lambda a, b: F.binary_cross_entropy_with_logits(
            a, torch.sigmoid(b), weight=weight.abs(), pos_weight=bias.abs(), reduction="sum"),
        "binary_cross_entropy": lambda a, b: F.binary_cross_entropy(torch.sigmoid(a), torch.sigmoid(b)),
    }
    cases = {name: with_gradients(function, x) for name, function in one.items()}
    cases.update({name: with_gradients(function, x, y) for name, function in two.items()})
    cases["linear"] = with_gradients(F.linear, x, table, waves((5,), 0.33))
    cases["layer_norm"] = with_gradients(lambda a, w, b: F.layer_norm(a, (4,), w, b), x, weight, bias)
    cases["layer_norm_two"] = with_gradients(lambda a: F.layer_norm(a, (3, 4), eps=1e-3), x)
    cases["attention"] = with_gradients(lambda a, b, c: attention(a, b, c, None, False), q, k, v)
    cases["attention_causal"] = with_gradients(lambda a, b, c: attention(a, b, c, None, True), q, k, v)
    cases["attention_allowed"] = with_gradients(lambda a, b, c: attention(a, b, c, allowed, False), q, k, v)
    cases["attention_added"] = with_gradients(lambda a, b, c: attention(a, b, c, added, False), q, k, v)
    return {"cases": cases}


def schedulers():
    def run(make, steps=24, rates=(0.1, 0.02), values=None):
        parameters = [nn.Parameter(torch.zeros(1)) for _ in rates]
        optimiser = optim.SGD([{"params": [p], "lr": r} for p, r in zip(parameters, rates)], lr=1.0, momentum=0.9)
        scheduler = make(optimiser)
        seen = []
        for step in range(steps):
            seen.append([group["lr"] for group in optimiser.param_groups])
            optimiser.step()
            if values is None:
                scheduler.step()
            else:
                scheduler.step(values[step])
        return seen

    s = optim.lr_scheduler
    plateau = [1.0, 0.9, 0.8, 0.8, 0.81, 0.82, 0.8, 0.79, 0.79, 0.79, 0.79, 0.79, 0.79, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]
    cases = {
        "LambdaLR": run(lambda o: s.LambdaLR(o, lambda e: 1 / (1 + e))),
        "MultiplicativeLR": run(lambda o: s.MultiplicativeLR(o, lambda e: 0.9 + 0.01 * (e % 3))),
        "StepLR": run(lambda o: s.StepLR(o, 5, 0.5)),
        "MultiStepLR": run(lambda o: s.MultiStepLR(o, [3, 9, 9, 15], 0.5)),
        "ConstantLR": run(lambda o: s.ConstantLR(o, 0.25, 4)),
        "LinearLR": run(lambda o: s.LinearLR(o, 0.2, 0.9, 7)),
        "ExponentialLR": run(lambda o: s.ExponentialLR(o, 0.9)),
        "PolynomialLR": run(lambda o: s.PolynomialLR(o, 10, 2.0)),
        "CosineAnnealingLR": run(lambda o: s.CosineAnnealingLR(o, 8, 0.001)),
        "OneCycleLR": run(lambda o: s.OneCycleLR(o, [0.3, 0.2], total_steps=25)),
        "OneCycleLR_linear_three": run(lambda o: s.OneCycleLR(o, 0.3, total_steps=25, anneal_strategy="linear", three_phase=True, pct_start=0.25)),
        "SequentialLR": run(lambda o: s.SequentialLR(o, [s.LinearLR(o, 0.1, 1.0, 6), s.CosineAnnealingLR(o, 12), s.ConstantLR(o, 0.5, 2)], [6, 18])),
        "ChainedLR": run(lambda o: s.ChainedScheduler([s.ConstantLR(o, 0.1, 2), s.ExponentialLR(o, 0.9)])),
        "ReduceLROnPlateau": run(lambda o: s.ReduceLROnPlateau(o, factor=0.5, patience=2, cooldown=1, min_lr=[0.02, 0.001]), values=plateau),
        "ReduceLROnPlateau_max": run(
            lambda o: s.ReduceLROnPlateau(o, mode="max", factor=0.3, patience=1, threshold=0.05, threshold_mode="abs"), values=plateau),
    }
    return {"cases": cases, "plateau": plateau}


def initialisation():
    def seeded(seed, make):
        torch.manual_seed(seed)
        return make()

    linear = seeded(1, lambda: nn.Linear(5, 3))
    embedding = seeded(2, lambda: nn.Embedding(6, 3, padding_idx=-2))
    cases = {
        "linear.weight": numbers(linear.weight), "linear.bias": numbers(linear.bias), "embedding.weight": numbers(embedding.weight),
        "xavier_uniform": numbers(seeded(3, lambda: nn.init.xavier_uniform_(torch.empty(4, 3), 2.0))),
        "xavier_normal": numbers(seeded(4, lambda: nn.init.xavier_normal_(torch.empty(4, 3)))),
        "kaiming_uniform": numbers(seeded(5, lambda: nn.init.kaiming_uniform_(torch.empty(4, 3, 2), nonlinearity="relu"))),
        "kaiming_normal": numbers(seeded(6, lambda: nn.init.kaiming_normal_(torch.empty(4, 3), mode="fan_out", nonlinearity="linear"))),
        "normal": numbers(seeded(7, lambda: nn.init.normal_(torch.empty(7), 1.0, 0.5))),
        "uniform": numbers(seeded(8, lambda: nn.init.uniform_(torch.empty(7), -1.0, 3.0))),
        "trunc_normal": numbers(seeded(9, lambda: nn.init.trunc_normal_(torch.empty(7), 0.5, 2.0, -1.0, 1.5))),
        "dropout": numbers(seeded(10, lambda: F.dropout(torch.ones(24), 0.4))),
    }
    return {"cases": cases}


def main():
    torch.set_num_threads(1)
    OUT.mkdir(parents=True, exist_ok=True)
    for name, make in [("training", training), ("functional", functional), ("schedulers", schedulers), ("initialisation", initialisation)]:
        content = {"made_by": "bench/python/torch_fixtures.py", "torch": torch.__version__, **make()}
        (OUT / f"{name}.json").write_text(json.dumps(content, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
