"""One training step in plain PyTorch, as trainers commonly write it: whole logits, cross_entropy or log_softmax and gather, AdamW.

steps.py NAME [STEPS] [THREADS]: prints `name milliseconds processor-milliseconds mebibytes` as bench/StepBench does.
"""
import copy
import pathlib
import random
import sys
import time

import torch
import torch.nn.functional as F

import llama

# name: (sizes of the model, rows of a batch, longest row)
SIZES = {
    "small": ((4, 256, 8, 4, 688, 8192), 8, 256),
    "large": ((8, 512, 8, 4, 1376, 32000), 4, 384),
}
WARM_UP = 2


def length_of(row, longest):
    return longest - row * 37 % (longest * 5 // 8)


def row_of(vocabulary, length, seed):
    source = random.Random(seed)
    return [source.randrange(vocabulary) for _ in range(length)]


def padded(rows, prompts):
    """Ids, attention mask and labels, padded on the right."""
    longest = max(map(len, rows))
    ids = torch.tensor([row + [0] * (longest - len(row)) for row in rows])
    mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows])
    labels = torch.tensor([[-100] * prompt + row[prompt:] + [-100] * (longest - len(row)) for row, prompt in zip(rows, prompts)])
    return ids, mask, labels


def optimiser_of(model):
    decay = [p for p in model.parameters() if p.dim() > 1]
    plain = [p for p in model.parameters() if p.dim() <= 1]
    groups = [{"params": decay, "weight_decay": 0.01}, {"params": plain, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=1e-5, foreach=FOREACH)


FOREACH = True


def update(model, optimiser):
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimiser.step()
    optimiser.zero_grad(set_to_none=True)


def sft(sizes, rows, longest):
    model = llama.Llama(*sizes)
    optimiser = optimiser_of(model)
    vocabulary = sizes[-1]
    texts = [row_of(vocabulary, length_of(row, longest), row) for row in range(rows)]

    def step():
        ids, mask, labels = padded(texts, [len(text) // 2 for text in texts])
        logits = model(ids, mask)
        loss = F.cross_entropy(logits[:, :-1].reshape(-1, vocabulary), labels[:, 1:].reshape(-1), ignore_index=-100)
        loss.backward()
        update(model, optimiser)
        return loss.item()

    return step


def log_probs(model, ids, mask, labels):
    logits = model(ids, mask)[:, :-1]
    labels = labels[:, 1:].clone()
    counted = labels != -100
    labels[~counted] = 0
    return (logits.log_softmax(-1).gather(2, labels[..., None]).squeeze(2) * counted).sum(-1)


def pairs_of(vocabulary, rows, longest):
    """Preferred texts, then rejected ones, and how many tokens of each are the prompt."""
    chosen, rejected, prompts = [], [], []
    for row in range(rows // 2):
        length = length_of(row, longest)
        prompt = length * 5 // 8
        chosen.append(row_of(vocabulary, length, row))
        rejected.append(chosen[-1][:prompt] + row_of(vocabulary, length - length // 8 - prompt, row + 1000))
        prompts.append(prompt)
    return chosen + rejected, prompts + prompts


def dpo(sizes, rows, longest):
    model = llama.Llama(*sizes)
    reference = copy.deepcopy(model).requires_grad_(False)
    optimiser = optimiser_of(model)
    texts, prompts = pairs_of(sizes[-1], rows, longest)

    def step():
        batch = padded(texts, prompts)
        with torch.no_grad():
            frozen = log_probs(reference, *batch)
        policy = log_probs(model, *batch)
        ratio = policy - frozen
        margin = ratio[:len(texts) // 2] - ratio[len(texts) // 2:]
        loss = -F.logsigmoid(0.1 * margin).mean()
        loss.backward()
        update(model, optimiser)
        return loss.item()

    return step


def rm(sizes, rows, longest):
    """A preference reward model: both replies of each pair are a row, the head reads the last token of each."""
    model = llama.Llama(*sizes)
    model.head = torch.nn.Linear(sizes[1], 1, bias=False)
    optimiser = optimiser_of(model)
    texts, _ = pairs_of(sizes[-1], rows, longest)
    ends = torch.tensor([len(text) - 1 for text in texts])

    def step():
        ids, mask, _ = padded(texts, [0] * len(texts))
        scores = model.head(model.hidden(ids, mask)[0]).squeeze(-1)[torch.arange(len(texts)), ends]
        better, worse = scores[:len(texts) // 2], scores[len(texts) // 2:]
        loss = (-F.logsigmoid(better - worse) + 0.001 * 0.5 * (better ** 2 + worse ** 2)).mean()
        loss.backward()
        update(model, optimiser)
        return loss.item()

    return step


def status(key):
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        if line.startswith(key + ":"):
            return int(line.split()[1])
    raise KeyError(key)


def median(values):
    return sorted(values)[len(values) // 2]


def main(name, steps=20, threads=1):
    torch.set_num_threads(int(threads))
    torch.manual_seed(1)
    torch.ones(1)
    before = status("VmRSS")
    kind, size = name.split("_")
    step = {"sft": sft, "dpo": dpo, "rm": rm}[kind](*SIZES[size])
    times, work = [], []
    for index in range(int(steps) + WARM_UP):
        start, busy = time.perf_counter(), time.process_time()
        step()
        if index >= WARM_UP:
            times.append((time.perf_counter() - start) * 1e3)
            work.append((time.process_time() - busy) * 1e3)
    print(f"{name} {median(times):.3f} {median(work):.3f} {(status('VmHWM') - before) / 1024:.1f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
