"""Log-likelihoods of single letters after long prompts, as lm-eval takes them: the twin of bench/Repro.Bench/ChoiceBenchmarks.cs in plain PyTorch.

Each request is a row of its own with its whole prompt, longest first, padded on the right, and its log-probabilities are taken of all positions. With
`once` the choices of a document share one row, as lm-eval does for continuations of one token (its `logits_cache`).
"""
import torch
import torch.nn.functional as F

import llama

DOCUMENTS = 4
CHOICES = 4
EXAMPLES = 450
BATCH = 8


def lengths(shots):
    """Tokens of each prompt: five worked examples in common, then a question of 60 to 120 tokens."""
    return [(EXAMPLES if shots else 0) + 60 + 20 * i for i in range(DOCUMENTS)]


def scoring(shots, once):
    """The log-likelihoods of all choices of all documents, as a function to call again and again."""
    model = llama.make("medium").eval()
    vocabulary = llama.SIZES["medium"][-1]
    generator = torch.Generator().manual_seed(1)
    examples = torch.randint(256, (EXAMPLES if shots else 0,), generator=generator)
    prompts = [torch.cat((examples, torch.randint(256, (length - len(examples),), generator=generator))) for length in lengths(shots)]
    letters = torch.arange(CHOICES)
    rows = [(prompt, [letter]) for prompt in prompts for letter in letters] if not once else [(prompt, list(letters)) for prompt in prompts]
    rows.sort(key=lambda row: -len(row[0]))

    def run():
        found = []
        for start in range(0, len(rows), BATCH):
            batch = rows[start:start + BATCH]
            longest = max(len(prompt) for prompt, _ in batch)
            ids = torch.stack([F.pad(prompt, (0, longest - len(prompt))) for prompt, _ in batch])
            mask = torch.stack([F.pad(torch.ones_like(prompt), (0, longest - len(prompt))) for prompt, _ in batch])
            table = F.log_softmax(model(ids, mask), dim=-1)
            assert table.shape[-1] == vocabulary
            for row, (prompt, wanted) in zip(table, batch):
                last = row[len(prompt) - 1]
                found += [(last[letter].item(), bool(last.argmax() == letter)) for letter in wanted]
        return found

    return run
