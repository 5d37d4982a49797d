"""The work of bench/GpuProbe in Python: transformers and peft on the same shapes. Prints JSON.

    python3 bench/gpu_peer.py [--size 7b|small] [--device cuda|cpu] [--rows 4] [--length 2048] [--steps 3] [--decode 1,64] [--prompt 128] [--new 64]
"""

import argparse
import json
import time

import torch

SHAPES = {"7b": (152064, 3584, 18944, 28, 28, 4), "small": (1000, 64, 128, 2, 4, 2)}
SHORT = 4


class Clock:
    def __init__(self, device):
        self.device = device

    def wait(self):
        if self.device == "cuda":
            torch.cuda.synchronize()

    def seconds(self, work):
        self.wait()
        start = time.perf_counter()
        work()
        self.wait()
        return time.perf_counter() - start


def make_model(size, device):
    from transformers import Qwen2Config, Qwen2ForCausalLM

    vocabulary, width, inner, layers, heads, groups = SHAPES[size]
    config = Qwen2Config(
        vocab_size=vocabulary, hidden_size=width, intermediate_size=inner, num_hidden_layers=layers, num_attention_heads=heads,
        num_key_value_heads=groups, max_position_embeddings=32768, rms_norm_eps=1e-6, tie_word_embeddings=False)
    torch.set_default_dtype(torch.bfloat16)
    with torch.device(device):
        model = Qwen2ForCausalLM(config)
    torch.set_default_dtype(torch.float32)
    return model.eval()


def operator_microseconds(device, calls=20_000):
    a, b = torch.ones(64, 64, device=device), torch.ones(64, 64, device=device)
    clock = Clock(device)

    def run():
        for _ in range(calls):
            a.add(b)

    with torch.no_grad():
        clock.seconds(run)
        return clock.seconds(run) / calls * 1e6


def decode(model, device, rows, prompt, new):
    clock = Clock(device)
    ids = torch.randint(0, model.config.vocab_size, (rows, prompt), device=device)
    mask = torch.ones_like(ids)

    def rate(**kind):
        def seconds(count):
            return clock.seconds(lambda: model.generate(
                ids, attention_mask=mask, max_new_tokens=count, min_new_tokens=count, pad_token_id=0, eos_token_id=None, **kind))

        seconds(SHORT + new)
        brief = seconds(SHORT)
        return rows * new / (seconds(SHORT + new) - brief)

    return {"rows": rows, "greedy_tokens_per_second": rate(do_sample=False), "sampled_tokens_per_second": rate(do_sample=True, top_p=0.95, top_k=0)}


def train(model, device, rows, length, steps):
    from peft import LoraConfig, get_peft_model

    model.config.use_cache = False
    model = get_peft_model(model, LoraConfig(r=16, lora_alpha=32, lora_dropout=0.0, target_modules="all-linear", task_type="CAUSAL_LM"))
    model.train()
    model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    model.enable_input_require_grads()
    trained = [p for p in model.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(trained, lr=1e-4)
    ids = torch.randint(0, model.config.vocab_size, (rows, length), device=device)
    clock = Clock(device)
    losses = []

    def step():
        with torch.autocast(device, torch.bfloat16):
            loss = model(input_ids=ids, attention_mask=torch.ones_like(ids), labels=ids).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimiser.step()
        optimiser.zero_grad()
        losses.append(loss.item())

    step()
    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()
    seconds = [clock.seconds(step) for _ in range(steps)]
    return {
        "step_seconds": seconds, "tokens_per_second": rows * length / sorted(seconds)[len(seconds) // 2], "losses": losses,
        "trained_scalars": sum(p.numel() for p in trained), "peak_allocated": torch.cuda.max_memory_allocated() if device == "cuda" else None}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", choices=sorted(SHAPES), default="7b")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--rows", type=int, default=4)
    parser.add_argument("--length", type=int, default=2048)
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--decode", default="1,64")
    parser.add_argument("--prompt", type=int, default=128)
    parser.add_argument("--new", type=int, default=64)
    args = parser.parse_args()
    report = {"torch": torch.__version__, "operator_microseconds": operator_microseconds(args.device)}
    model = make_model(args.size, args.device)
    report["parameters"] = sum(p.numel() for p in model.parameters())
    with torch.no_grad():
        report["decode"] = [decode(model, args.device, int(rows), args.prompt, args.new) for rows in args.decode.split(",")]
    report["training"] = train(model, args.device, args.rows, args.length, args.steps)
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
