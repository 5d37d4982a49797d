"""Writes fixtures/grpo/group_losses.json: advantages and losses of GRPO and RLOO, computed without PyTorch and without this project.

Plain Python in double precision, written from the published definitions: DeepSeekMath Eq. 3 and 4 (2402.03300), Dr. GRPO (2503.20783),
DAPO (2503.14476), RLOO (2402.14740), and what the documentation of TRL says of loss_type, scale_rewards and normalize_advantages.
Each sum runs over single tokens; gradients are central differences of the loss, so that no rule of differentiation is used twice.
Inputs come from sines. Run by hand:
    python3 bench/python/group_fixtures.py
"""

import json
import math
import pathlib

OUT = pathlib.Path(__file__).resolve().parents[2] / "fixtures" / "grpo" / "group_losses.json"
STEP = 1e-6


def wave(count, frequency, scale):
    return [scale * math.sin(frequency * (i + 1)) for i in range(count)]


def mean(values):
    return sum(values) / len(values)


def deviation(values):
    """With divisor n - 1, as torch.std."""
    m = mean(values)
    return math.sqrt(sum((v - m) ** 2 for v in values) / (len(values) - 1))


def groups(values, size):
    return [values[i:i + size] for i in range(0, len(values), size)]


def grpo_advantages(rewards, size, scale):
    found = []
    for group in groups(rewards, size):
        for reward in group:
            divisor = {"none": 1.0, "group": deviation(group) + 1e-4, "batch": deviation(rewards) + 1e-4}[scale]
            found.append((reward - mean(group)) / divisor)
    return found


def rloo_advantages(rewards, size, normalize):
    found = []
    for group in groups(rewards, size):
        for i, reward in enumerate(group):
            found.append(reward - mean([other for j, other in enumerate(group) if j != i]))
    if normalize:
        centre, spread = mean(found), deviation(found)
        found = [(value - centre) / (spread + 1e-4) for value in found]
    return found


def clipped(ratio, advantage, low, high):
    return -min(ratio * advantage, min(max(ratio, 1 - low), 1 + high) * advantage)


def grpo_loss(now, case):
    """now: one list of log-probabilities a response, of its own length."""
    per_response = []
    for i, row in enumerate(now):
        losses = []
        for t, value in enumerate(row):
            loss = clipped(math.exp(value - case["old"][i][t]), case["advantages"][i], case["low"], case["high"])
            gap = case["reference"][i][t] - value
            losses.append(loss + case["beta"] * (math.exp(gap) - gap - 1))
        per_response.append(losses)
    total, tokens = sum(sum(losses) for losses in per_response), sum(len(losses) for losses in per_response)
    if case["loss_type"] == "grpo":
        return mean([sum(losses) / len(losses) for losses in per_response])
    if case["loss_type"] == "dr_grpo":
        return total / (len(per_response) * case["most_tokens"])
    if case["loss_type"] == "dapo":
        return total / tokens
    # bnpo: each part of the batch by its own tokens, then the mean over the parts.
    parts = [[per_response[i] for i in part] for part in case["parts"]]
    return mean([sum(sum(losses) for losses in part) / sum(len(losses) for losses in part) for part in parts])


def rloo_loss(now, case):
    """A response is one action: the ratio is that of the probabilities of whole responses."""
    return mean([
        clipped(math.exp(sum(row) - sum(case["old"][i])), case["advantages"][i], case["low"], case["high"]) for i, row in enumerate(now)])


def slopes(loss, now, case):
    found = []
    for i, row in enumerate(now):
        found.append([])
        for t in range(len(row)):
            def at(by):
                moved = [list(other) for other in now]
                moved[i][t] += by
                return loss(moved, case)
            found[i].append((at(STEP) - at(-STEP)) / (2 * STEP))
    return found


def rows(values, lengths):
    found, first = [], 0
    for length in lengths:
        found.append(values[first:first + length])
        first += length
    return found


def batch(seed, size, prompts):
    """Ragged responses; ratios up to about e^0.5, far enough to clip on both sides."""
    lengths = [1 + (3 * i + seed) % 5 for i in range(size * prompts)]
    count = sum(lengths)
    old = [-1.5 + value for value in wave(count, 0.7 + seed, 0.9)]
    now = [value + move for value, move in zip(old, wave(count, 1.9 + seed, 0.5))]
    reference = [value + move for value, move in zip(old, wave(count, 2.3 + seed, 0.4))]
    return lengths, rows(old, lengths), rows(now, lengths), rows(reference, lengths), wave(size * prompts, 1.1 + seed, 2.0)


def cases():
    found = []
    for seed, size, prompts in ((1, 3, 2), (2, 4, 3)):
        lengths, old, now, reference, scores = batch(seed, size, prompts)
        everything = list(range(len(lengths)))
        common = {"lengths": lengths, "now": now, "old": old, "reference": reference, "scores": scores, "group_size": size}
        for loss_type in ("grpo", "dapo", "dr_grpo", "bnpo"):
            for scale, low, high, beta in (("group", 0.2, 0.2, 0.0), ("batch", 0.2, 0.28, 0.04), ("none", 0.1, 0.3, 0.5)):
                cuts = [everything] if loss_type != "bnpo" or scale == "none" else [everything[:size], everything[size:]]
                case = {
                    **common, "method": "grpo", "loss_type": loss_type, "scale_rewards": scale, "low": low, "high": high, "beta": beta,
                    "most_tokens": 7, "parts": cuts, "advantages": grpo_advantages(scores, size, scale)}
                found.append({**case, "loss": grpo_loss(now, case), "gradient": slopes(grpo_loss, now, case)})
        for normalize, low, high, beta in ((False, 0.2, 0.2, 0.05), (True, 0.2, 0.2, 0.05), (False, 0.1, 0.3, 0.7)):
            rewards = [score - beta * (sum(old[i]) - sum(reference[i])) for i, score in enumerate(scores)]
            case = {
                **common, "method": "rloo", "normalize_advantages": normalize, "low": low, "high": high, "beta": beta,
                "rewards": rewards, "advantages": rloo_advantages(rewards, size, normalize)}
            found.append({**case, "loss": rloo_loss(now, case), "gradient": slopes(rloo_loss, now, case)})
    return found


if __name__ == "__main__":
    OUT.parent.mkdir(parents=True, exist_ok=True)
    def rounded(value):
        if isinstance(value, float):
            return float(f"{value:.12g}")
        if isinstance(value, list):
            return [rounded(item) for item in value]
        return value
    lines = [json.dumps({key: rounded(value) for key, value in case.items()}) for case in cases()]
    OUT.write_text("[\n" + ",\n".join(lines) + "\n]\n")
    print(OUT, len(lines), "cases")
