"""Makes fixtures/models: a tiny random model of each architecture and rope scaling with logits of an independent float64 forward pass.

Run by hand: python3 bench/python/model_fixtures.py. Standard library only; Python's floats are float64. The pass is written from the
published formulas (RMSNorm arXiv:1910.07467, rotary positions arXiv:2104.09864, SwiGLU arXiv:2002.05202, grouped queries arXiv:2305.13245,
YaRN arXiv:2309.00071, Llama 3.1's rule by wavelengths, Qwen3's norms of queries and keys arXiv:2505.09388, Gemma 2 arXiv:2408.00118,
Gemma 3 arXiv:2503.19786, windows arXiv:2310.06825), one position at a time and without a cache. Weights are rounded to the type that they
are stored in before the pass, so that reading them exactly gives its logits.
"""

import json
import math
import pathlib
import random
import struct

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "fixtures" / "models"
IDS = [5, 9, 3, 17, 22, 8, 30, 11, 2, 7, 19, 23]
BASE = {"hidden_size": 16, "intermediate_size": 20, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
        "vocab_size": 32, "max_position_embeddings": 64, "rms_norm_eps": 1e-6, "hidden_act": "silu", "tie_word_embeddings": False,
        "bos_token_id": 1, "eos_token_id": 2}
LLAMA3 = {"factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 16}
YARN = {"factor": 4.0, "original_max_position_embeddings": 16}

# Name: (architecture, changes of the configuration, stored type)
MODELS = {
    "llama2": ("llama", {"rope_theta": 10000.0, "num_key_value_heads": 4}, "BF16"),
    "llama3-scaling": ("llama", {"rope_theta": 500000.0, "rope_scaling": {"rope_type": "llama3", **LLAMA3}}, "BF16"),
    "llama3-parameters": ("llama", {"tie_word_embeddings": True, "rope_parameters": {"rope_type": "llama3", "rope_theta": 500000.0, **LLAMA3}}, "F16"),
    "llama-linear": ("llama", {"rope_scaling": {"type": "linear", "factor": 4.0}}, "BF16"),
    "llama-dynamic": ("llama", {"rope_scaling": {"type": "dynamic", "factor": 4.0}}, "BF16"),
    "llama-theta": ("llama", {"rope_parameters": {"rope_type": "default", "rope_theta": 1000000.0}}, "F32"),
    "qwen2-yarn": ("qwen2", {"rope_theta": 1000000.0, "max_position_embeddings": 64, "rope_scaling": {"type": "yarn", **YARN}}, "BF16"),
    "qwen3": ("qwen3", {"rope_theta": 1000000.0, "head_dim": 6, "tie_word_embeddings": True}, "BF16"),
    "qwen3-yarn": ("qwen3", {"head_dim": 8, "rope_parameters": {"rope_type": "yarn", "rope_theta": 1000000.0, "beta_fast": 4.0, "beta_slow": 0.5,
                             "mscale": 0.7, "mscale_all_dim": 0.3, "truncate": False, **YARN}}, "BF16"),
    "mistral": ("mistral", {"sliding_window": 24, "head_dim": 8}, "F16"),
    "mistral-window": ("mistral", {"sliding_window": 5, "head_dim": 6}, "BF16"),
    # What a file leaves out has the values of the family: caps of 50 and 30, a scale of 256 ** -0.5, tied embeddings, every other block
    # with a window.
    "gemma2-defaults": ("gemma2", {"hidden_act": None, "tie_word_embeddings": None, "head_dim": 6, "num_hidden_layers": 3}, "BF16"),
    "gemma2": ("gemma2", {"hidden_activation": "gelu_pytorch_tanh", "head_dim": 6, "num_hidden_layers": 4, "sliding_window": 5, "query_pre_attn_scalar": 10,
                          "attn_logit_softcapping": 1.5, "final_logit_softcapping": 4.0, "tie_word_embeddings": True}, "F16"),
    "gemma2-layers": ("gemma2", {"head_dim": 8, "num_hidden_layers": 3, "sliding_window": 3, "query_pre_attn_scalar": 8, "attention_bias": True,
                                 "layer_types": ["full_attention", "sliding_attention", "sliding_attention"], "attn_logit_softcapping": None,
                                 "final_logit_softcapping": 2.0, "tie_word_embeddings": False, "rope_parameters": {"rope_type": "default",
                                 "rope_theta": 50.0}}, "F32"),
    "gemma3-pattern": ("gemma3_text", {"head_dim": 8, "num_hidden_layers": 4, "sliding_window": 5, "sliding_window_pattern": 3, "query_pre_attn_scalar": 12,
                                       "rope_theta": 1000000.0, "rope_local_base_freq": 100.0, "rope_scaling": {"rope_type": "linear", "factor": 8.0},
                                       "tie_word_embeddings": None}, "BF16"),
    "gemma3-defaults": ("gemma3_text", {"head_dim": 6, "num_hidden_layers": 7, "sliding_window": 4, "tie_word_embeddings": None}, "F16"),
    "gemma3-layers": ("gemma3_text", {"head_dim": 8, "num_hidden_layers": 3, "sliding_window": 3, "query_pre_attn_scalar": 8, "final_logit_softcapping": 3.0,
                                      "layer_types": ["sliding_attention", "full_attention", "sliding_attention"],
                                      "rope_parameters": {"full_attention": {"rope_type": "linear", "factor": 4.0, "rope_theta": 5000.0},
                                                          "sliding_attention": {"rope_type": "default", "rope_theta": 30.0}}}, "BF16"),
    "qwen2-window": ("qwen2", {"use_sliding_window": True, "sliding_window": 4, "max_window_layers": 1, "num_hidden_layers": 3}, "F16"),
    "qwen3-window": ("qwen3", {"use_sliding_window": True, "sliding_window": 3, "head_dim": 6, "layer_types": ["sliding_attention", "full_attention"]}, "BF16"),
}

# What the configuration classes of transformers say where a file has no such key.
GEMMA2 = {"hidden_activation": "gelu_pytorch_tanh", "query_pre_attn_scalar": 256, "sliding_window": 4096, "attn_logit_softcapping": 50.0,
          "final_logit_softcapping": 30.0, "tie_word_embeddings": True, "attention_bias": False, "rope_theta": 10000.0, "sliding_window_pattern": 2}
GEMMA3 = {**GEMMA2, "attn_logit_softcapping": None, "final_logit_softcapping": None, "rope_theta": 1000000.0, "rope_local_base_freq": 10000.0,
          "sliding_window_pattern": 6}
DEFAULTS = {"gemma2": GEMMA2, "gemma3_text": GEMMA3}
PREFIXES = {"llama": "Llama", "mistral": "Mistral", "qwen2": "Qwen2", "qwen3": "Qwen3", "gemma2": "Gemma2", "gemma3_text": "Gemma3"}


def rounded(value, kind):
    if kind == "F16":
        return struct.unpack("<e", struct.pack("<e", value))[0]
    single = struct.unpack("<f", struct.pack("<f", value))[0]
    if kind == "F32":
        return single
    bits = struct.unpack("<I", struct.pack("<f", single))[0]
    bits = (bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000
    return struct.unpack("<f", struct.pack("<I", bits))[0]


def packed(values, kind):
    if kind == "F32":
        return struct.pack(f"<{len(values)}f", *values)
    if kind == "F16":
        return struct.pack(f"<{len(values)}e", *values)
    return b"".join(struct.pack("<I", struct.unpack("<I", struct.pack("<f", v))[0])[2:] for v in values)


def shapes(kind, c):
    width, inner, size = c["hidden_size"], c["intermediate_size"], head_size(c)
    heads, groups = c["num_attention_heads"], c["num_key_value_heads"]
    yield "model.embed_tokens.weight", (c["vocab_size"], width)
    for layer in range(c["num_hidden_layers"]):
        at = f"model.layers.{layer}."
        for name, rows in (("q", heads * size), ("k", groups * size), ("v", groups * size)):
            yield f"{at}self_attn.{name}_proj.weight", (rows, width)
            if kind == "qwen2" or c.get("attention_bias"):
                yield f"{at}self_attn.{name}_proj.bias", (rows,)
        yield f"{at}self_attn.o_proj.weight", (width, heads * size)
        if c.get("attention_bias"):
            yield f"{at}self_attn.o_proj.bias", (width,)
        if kind in ("qwen3", "gemma3_text"):
            yield f"{at}self_attn.q_norm.weight", (size,)
            yield f"{at}self_attn.k_norm.weight", (size,)
        yield f"{at}mlp.gate_proj.weight", (inner, width)
        yield f"{at}mlp.up_proj.weight", (inner, width)
        yield f"{at}mlp.down_proj.weight", (width, inner)
        yield f"{at}input_layernorm.weight", (width,)
        yield f"{at}post_attention_layernorm.weight", (width,)
        if kind in DEFAULTS:
            yield f"{at}pre_feedforward_layernorm.weight", (width,)
            yield f"{at}post_feedforward_layernorm.weight", (width,)
    yield "model.norm.weight", (width,)
    if not c["tie_word_embeddings"]:
        yield "lm_head.weight", (c["vocab_size"], width)


def head_size(c):
    return c.get("head_dim", c["hidden_size"] // c["num_attention_heads"])


def product(matrix, columns, x, bias=None):
    return [sum(matrix[row * columns + i] * x[i] for i in range(columns)) + (bias[row] if bias else 0) for row in range(len(matrix) // columns)]


def rms(x, gain, epsilon):
    scale = 1 / math.sqrt(sum(v * v for v in x) / len(x) + epsilon)
    return [v * scale * g for v, g in zip(x, gain)]


def rope(c, slides=False):
    """Angles a position and dimension pair, and the factor of cosines and sines."""
    scaling = c.get("rope_scaling") or c.get("rope_parameters") or {}
    if slides and "rope_local_base_freq" in c:
        scaling = scaling.get("sliding_attention", {"rope_theta": c["rope_local_base_freq"]})
    scaling = scaling.get("full_attention", scaling)
    theta, size = scaling.get("rope_theta", c.get("rope_theta", 10000.0)), head_size(c)
    plain = [theta ** (-2 * i / size) for i in range(size // 2)]
    kind = scaling.get("rope_type", scaling.get("type", "default"))
    if kind == "linear":
        return [f / scaling["factor"] for f in plain], 1.0
    if kind == "llama3":
        return [by_wavelength(f, scaling) for f in plain], 1.0
    if kind == "yarn":
        return yarn(plain, theta, size, scaling)
    return plain, 1.0


def by_wavelength(frequency, s):
    length, original = 2 * math.pi / frequency, s["original_max_position_embeddings"]
    if length < original / s["high_freq_factor"]:
        return frequency
    if length > original / s["low_freq_factor"]:
        return frequency / s["factor"]
    smooth = (original / length - s["low_freq_factor"]) / (s["high_freq_factor"] - s["low_freq_factor"])
    return (1 - smooth) * frequency / s["factor"] + smooth * frequency


def yarn(plain, theta, size, s):
    def dimension(turns):
        return size * math.log(s["original_max_position_embeddings"] / (turns * 2 * math.pi)) / (2 * math.log(theta))

    def root(weight):
        return 0.1 * weight * math.log(s["factor"]) + 1

    low, high = dimension(s.get("beta_fast", 32)), dimension(s.get("beta_slow", 1))
    if s.get("truncate", True):
        low, high = math.floor(low), math.ceil(high)
    low, high = max(low, 0), min(high, size - 1)
    if low == high:
        high += 0.001
    angles = []
    for i, frequency in enumerate(plain):
        stretched = min(max((i - low) / (high - low), 0), 1)
        angles.append(frequency / s["factor"] * stretched + frequency * (1 - stretched))
    factor = root(s["mscale"]) / root(s["mscale_all_dim"]) if s.get("mscale") and s.get("mscale_all_dim") else root(1)
    return angles, factor


def turned(x, position, angles, factor):
    half = len(x) // 2
    result = list(x)
    for i, angle in enumerate(angles):
        cosine, sine = math.cos(position * angle) * factor, math.sin(position * angle) * factor
        result[i] = x[i] * cosine - x[i + half] * sine
        result[i + half] = x[i + half] * cosine + x[i] * sine
    return result


def capped(score, cap):
    return math.tanh(score / cap) * cap if cap else score


def activated(gate, gemma):
    """SiLU, or for Gemma GELU in its tanh form."""
    return gate / 2 * (1 + math.tanh(math.sqrt(2 / math.pi) * (gate + 0.044715 * gate ** 3))) if gemma else gate / (1 + math.exp(-gate))


def slides(kind, c, layer):
    types = c.get("layer_types")
    if kind in ("qwen2", "qwen3") and not types:
        return c.get("use_sliding_window", False) and layer >= c.get("max_window_layers", 28)
    return kind == "mistral" or (types[layer] == "sliding_attention" if types else kind in DEFAULTS and (layer + 1) % c["sliding_window_pattern"] != 0)


def mix(queries, keys, values, position, nearest, group, root, cap):
    """What a head of a position takes from the values; a position before the nearest is out of the window."""
    scores = [capped(sum(a * b for a, b in zip(queries, keys[past][group])) / root, cap) for past in range(nearest, position + 1)]
    most = max(scores)
    shares = [math.exp(score - most) for score in scores]
    total = sum(shares)
    return [sum(share / total * values[past][group][i] for share, past in zip(shares, range(nearest, position + 1))) for i in range(len(values[0][0]))]


def logits(kind, c, w):
    c, gemma = {**DEFAULTS.get(kind, {}), **c}, kind in DEFAULTS
    width, size, epsilon = c["hidden_size"], head_size(c), c["rms_norm_eps"]
    heads, groups = c["num_attention_heads"], c["num_key_value_heads"]
    root = math.sqrt(c["query_pre_attn_scalar"] if gemma else size)

    def norm(x, name):
        # Gemma stores the difference of the gain from one.
        gain = w[name + ".weight"]
        return rms(x, [1 + g for g in gain] if gemma else gain, epsilon)

    def linear(x, name):
        return product(w[name + ".weight"], len(x), x, w.get(name + ".bias"))

    states = [w["model.embed_tokens.weight"][i * width:(i + 1) * width] for i in IDS]
    if gemma:
        states = [[v * math.sqrt(width) for v in x] for x in states]
    for layer in range(c["num_hidden_layers"]):
        at = f"model.layers.{layer}."
        sliding = slides(kind, c, layer)
        angles, factor = rope(c, sliding)
        window = c.get("sliding_window") if sliding else None
        keys, values, queries = [], [], []
        for position, x in enumerate(states):
            x = norm(x, at + "input_layernorm")

            def split(name):
                flat = linear(x, f"{at}self_attn.{name}_proj")
                return [flat[i:i + size] for i in range(0, len(flat), size)]

            q, k = split("q"), split("k")
            if kind in ("qwen3", "gemma3_text"):
                q = [norm(head, at + "self_attn.q_norm") for head in q]
                k = [norm(head, at + "self_attn.k_norm") for head in k]
            queries.append([turned(head, position, angles, factor) for head in q])
            keys.append([turned(head, position, angles, factor) for head in k])
            values.append(split("v"))
        following = []
        for position, x in enumerate(states):
            nearest = max(0, position - window + 1) if window else 0
            mixed = []
            for head in range(heads):
                mixed += mix(queries[position][head], keys, values, position, nearest, head // (heads // groups), root, c.get("attn_logit_softcapping"))
            attended = linear(mixed, at + "self_attn.o_proj")
            x = [a + b for a, b in zip(x, norm(attended, at + "post_attention_layernorm") if gemma else attended)]
            inner = norm(x, at + ("pre_feedforward_layernorm" if gemma else "post_attention_layernorm"))
            gate, up = linear(inner, at + "mlp.gate_proj"), linear(inner, at + "mlp.up_proj")
            fed = linear([activated(g, gemma) * u for g, u in zip(gate, up)], at + "mlp.down_proj")
            following.append([a + b for a, b in zip(x, norm(fed, at + "post_feedforward_layernorm") if gemma else fed)])
        states = following
    head = "model.embed_tokens" if c["tie_word_embeddings"] else "lm_head"
    return [[capped(score, c.get("final_logit_softcapping")) for score in linear(norm(x, "model.norm"), head)] for x in states]


def main():
    for seed, (name, (kind, changes, stored)) in enumerate(MODELS.items()):
        draw = random.Random(seed)
        config = {"model_type": kind, "architectures": [PREFIXES[kind] + "ForCausalLM"], **BASE, **changes}
        if kind in DEFAULTS:
            config = {key: value for key, value in config.items() if key != "hidden_act" and (value is not None or "softcapping" in key)}
        weights, header, data = {}, {}, b""
        for tensor, shape in shapes(kind, {**DEFAULTS.get(kind, {}), **config}):
            gain = kind not in DEFAULTS and tensor.endswith("norm.weight")
            values = [rounded(draw.gauss(1 if gain else 0, 0.3), stored) for _ in range(math.prod(shape))]
            block = packed(values, stored)
            header[tensor] = {"dtype": stored, "shape": list(shape), "data_offsets": [len(data), len(data) + len(block)]}
            weights[tensor], data = values, data + block
        folder = FOLDER / name
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(header).encode()
        text += b" " * (-len(text) % 8)
        (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + data)
        (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n")
        expected = [[float(f"{value:.12g}") for value in row] for row in logits(kind, config, weights)]
        (folder / "logits.json").write_text(json.dumps({"ids": IDS, "logits": expected}) + "\n")


if __name__ == "__main__":
    main()
