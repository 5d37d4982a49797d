"""Makes fixtures/tokenizers/gemma: a small tokenizer.json in the form of Gemma's, texts with their ids, and ids with their texts.

Run by hand: python3 bench/python/tokenizer_fixtures.py. Standard library only. Merges are learned from fixtures/text/corpus.txt over whole
lines, so that some of them cross words; encoding is the plain rule (the best pair of the whole text first, the leftmost of equals), and
decoding joins what the tokens say.
"""

import collections
import json
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "fixtures" / "tokenizers" / "gemma"
MARK = "\u2581"
SPECIAL = ["<pad>", "<eos>", "<bos>", "<unk>", "<start_of_turn>", "<end_of_turn>"]
PLAIN = ["\n\n", "\n\n\n", MARK * 2, MARK * 3, "<table>"]
MERGES = 260
TEXTS = ["", "a", " ", "  ", "The baker sells bread.", " the baker", "the  baker   sells", "tail ", "a\nb\n\nc\n\n\nd\n\n\n\ne", "of the reward model",
         "\u2581marks\u2581 stay", "na\u00efve caf\u00e9, \u65e5\u672c\u8a9e \U0001f9ea!", "<start_of_turn>user\nHow many loaves?<end_of_turn>\n<start_of_turn>model\n",
         "x<bos>y <eos>z<table>", "<start_of_turn", "tabs\tand\r\nlines", "e\u0301 \u00e9 \ufb01", "1234567 + 24 = 36"]
# Ids that no text would give: bytes that are no UTF-8, a character in parts, special tokens between.
SEQUENCES = [[0xC3, 0xA9], [0xC3], [0xE6, 0x97], [0xFF, 0x41], [0x20, 0x0A]]


def learned(lines):
    words = [list(line.replace(" ", MARK)) for line in lines]
    merges = []
    while len(merges) < MERGES:
        pairs = collections.Counter(pair for word in words for pair in zip(word, word[1:]))
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        words = [joined(word, best) for word in words]
    return merges


def joined(word, pair):
    result, at = [], 0
    while at < len(word):
        both = tuple(word[at:at + 2]) == pair
        result.append(word[at] + word[at + 1] if both else word[at])
        at += 2 if both else 1
    return result


def cut(text, tokens):
    """The text apart from added tokens: at each place the longest of them."""
    stretch, at = "", 0
    while at < len(text):
        found = max((token for token in tokens if text.startswith(token, at)), key=len, default=None)
        if found is None:
            stretch, at = stretch + text[at], at + 1
            continue
        yield False, stretch
        yield True, found
        stretch, at = "", at + len(found)
    yield False, stretch


def pieces(text, vocabulary, ranks):
    symbols = []
    for character in text.replace(" ", MARK):
        symbols += [character] if character in vocabulary else [f"<0x{byte:02X}>" for byte in character.encode()]
    while True:
        found = [(ranks[pair], at) for at, pair in enumerate(zip(symbols, symbols[1:])) if pair in ranks]
        if not found:
            return symbols
        at = min(found)[1]
        symbols[at:at + 2] = [symbols[at] + symbols[at + 1]]


def encode(text, vocabulary, ranks):
    ids = [vocabulary["<bos>"]]
    for added, part in cut(text, SPECIAL + PLAIN):
        ids += [vocabulary[piece] for piece in ([part] if added else pieces(part, vocabulary, ranks))]
    return ids


def decode(ids, tokens):
    """Special tokens left out. A run of bytes that is no UTF-8 gives one mark for each byte."""
    text, run = "", b""
    for token in [tokens[i] for i in ids if tokens[i] not in SPECIAL] + [""]:
        if token.startswith("<0x"):
            run += bytes([int(token[3:5], 16)])
            continue
        if run:
            try:
                text += run.decode("utf-8")
            except UnicodeDecodeError:
                text += "\ufffd" * len(run)
        text, run = text + token.replace(MARK, " "), b""
    return text


def main():
    merges = learned((ROOT / "fixtures" / "text" / "corpus.txt").read_text(encoding="utf-8").splitlines()[:20])
    tokens = SPECIAL + PLAIN + [f"<0x{byte:02X}>" for byte in range(256)]
    for left, right in merges:
        tokens += [piece for piece in (left, right, left + right) if piece not in tokens]
    vocabulary = {token: i for i, token in enumerate(tokens)}
    ranks = {pair: rank for rank, pair in enumerate(merges)}
    crossing = [left + right for left, right in merges if MARK in (left + right)[1:]]
    assert crossing, "some merges must cross words, or a wrong cut at spaces would change nothing"
    file = {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [{"id": vocabulary[token], "content": token, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False,
                          "special": token in SPECIAL} for token in SPECIAL + PLAIN],
        "normalizer": {"type": "Replace", "pattern": {"String": " "}, "content": MARK},
        "pre_tokenizer": {"type": "Split", "pattern": {"String": " "}, "behavior": "MergedWithPrevious", "invert": False},
        "post_processor": {"type": "TemplateProcessing",
                           "single": [{"SpecialToken": {"id": "<bos>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
                           "pair": [{"SpecialToken": {"id": "<bos>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
                                    {"SpecialToken": {"id": "<bos>", "type_id": 1}}, {"Sequence": {"id": "B", "type_id": 1}}],
                           "special_tokens": {"<bos>": {"id": "<bos>", "ids": [vocabulary["<bos>"]], "tokens": ["<bos>"]}}},
        "decoder": {"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": MARK}, "content": " "}, {"type": "ByteFallback"},
                                                     {"type": "Fuse"}]},
        "model": {"type": "BPE", "dropout": None, "unk_token": "<unk>", "continuing_subword_prefix": None, "end_of_word_suffix": None,
                  "fuse_unk": True, "byte_fallback": True, "ignore_merges": False, "vocab": vocabulary, "merges": [list(pair) for pair in merges]},
    }
    beside = {"tokenizer_class": "GemmaTokenizer", "add_bos_token": True, "add_eos_token": False, "bos_token": "<bos>", "eos_token": "<eos>",
              "pad_token": "<pad>", "unk_token": "<unk>", "clean_up_tokenization_spaces": False}
    encoded = [{"text": text, "ids": encode(text, vocabulary, ranks)} for text in TEXTS]
    sequences = [row["ids"] for row in encoded] + [[vocabulary[f"<0x{byte:02X}>"] for byte in run] for run in SEQUENCES]
    decoded = [{"ids": ids, "text": decode(ids, tokens)} for ids in sequences]
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, content in (("tokenizer.json", file), ("tokenizer_config.json", beside), ("expected.json", {"encoded": encoded, "decoded": decoded})):
        (FOLDER / name).write_text(json.dumps(content, indent=None if name == "expected.json" else 0) + "\n", encoding="utf-8")
    print(f"{len(tokens)} tokens, {len(crossing)} merges across words: {crossing[:6]}")


if __name__ == "__main__":
    main()
