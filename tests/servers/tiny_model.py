"""Writes a llama model of 1.2 MB that says what the tests expect of it. Run by the Python of the servers' own environment,
which has `gguf` (the package llama.cpp publishes) and numpy: ``python tiny_model.py FILE``.

A real architecture with a real tokenizer: two layers of random attention and feed-forward, 128 dimensions. The layers'
weights are small against the embeddings, and each word's output row is its predecessor's embedding, so that greedy
decoding walks a fixed chain whatever the prompt was. The last token of the prompt chooses the chain: the chat template
ends with the last message, after which stands nothing else.

* after most things: the words of `SENTENCE`, then the end of the turn;
* after " endlessly": `ROUND` for ever;
* after " thoughtfully": a `<think>` block, then `SENTENCE`;
* after " outside": `CALL`, a call of the tool "weather";
* after " yonder": `LOOK`, then `CALL`.
"""

from __future__ import annotations

import sys

SENTENCE = [" A", " stash", " keeps", " half", "-done", " work", " aside,", " grüßt", " 世界", " and", " rests."]
ROUND = [" round", " it", " goes,"]
THOUGHT = ["<think>", " Hm", " let", " me", " see", "</think>"]
SENTENCE_TEXT = "".join(SENTENCE)
CALL = ["<tool_call>", '{"name": "weather",', ' "arguments": {"city"', ': "Ulm"', "}}", "</tool_call>"]
LOOK = [" I", " look", " out:"]
LOOK_TEXT = "".join(LOOK)
THOUGHT_TEXT = "".join(THOUGHT[1:-1])

DIMENSIONS, HEADS, LAYERS, WIDTH, CONTEXT = 128, 4, 2, 128, 32768
NORMAL, UNKNOWN, CONTROL, WHOLE, BYTE = 1, 2, 3, 4, 6  # llama.h, enum llama_token_type

TEMPLATE = (
    "{{ bos_token }}{% if tools %}<|system|>Tools: {% for tool in tools %}{{ tool | tojson }}\n{% endfor %}<|end|>{% endif %}"
    "{% for message in messages %}<|{{ message['role'] }}|>"
    "{% if message['reasoning_content'] %}<think>{{ message['reasoning_content'] }}</think>{% endif %}"
    "{{ message['content'] or '' }}"
    "{% for call in message['tool_calls'] or [] %}<tool_call>"
    "{{ {'name': call['function']['name'], 'arguments': call['function']['arguments']} | tojson }}</tool_call>{% endfor %}"
    "{% if not loop.last %}<|end|>{% endif %}{% endfor %}"
)


def vocabulary() -> tuple[list[str], list[int], dict[str, list[int]]]:
    """Tokens, their types, and the ids of each chain's words; no word stands twice."""
    tokens = ["<unk>", "<s>", "<|end|>", "<|user|>", "<|assistant|>", "<|system|>", "<|tool|>"]
    kinds = [UNKNOWN, CONTROL, CONTROL, CONTROL, CONTROL, CONTROL, CONTROL]
    for byte in range(256):
        tokens.append(f"<0x{byte:02X}>")
        kinds.append(BYTE)
    chains: dict[str, list[int]] = {}
    for name, words in (("thought", THOUGHT), ("sentence", SENTENCE), ("round", ROUND), ("call", CALL), ("look", LOOK)):
        chains[name] = []
        for word in words:
            chains[name].append(len(tokens))
            tokens.append(word)
            kinds.append(WHOLE)
    for name in (" endlessly", " thoughtfully", " outside", " yonder"):
        chains[name] = [len(tokens)]
        tokens.append(name)
        kinds.append(WHOLE)
    return tokens, kinds, chains


def write(path: str) -> None:
    import gguf
    import numpy

    tokens, kinds, chains = vocabulary()
    end = tokens.index("<|end|>")
    random = numpy.random.default_rng(20261122)

    def noise(*shape: int, size: float = 1.0) -> numpy.ndarray:
        return (random.standard_normal(shape) * size).astype(numpy.float32)

    # Random directions: nearly orthogonal. All but the words of the chains look alike to the output.
    plain = noise(DIMENSIONS)
    embedding = numpy.tile(plain, (len(tokens), 1)) + noise(len(tokens), DIMENSIONS, size=0.01)
    for place in {place for chain in chains.values() for place in chain}:
        embedding[place] = noise(DIMENSIONS)
    output = noise(len(tokens), DIMENSIONS, size=0.01)

    def follows(word: int, before: numpy.ndarray) -> None:
        output[word] += before

    for chain in ("thought", "sentence", "round", "call", "look"):
        for before, after in zip(chains[chain], chains[chain][1:], strict=False):
            follows(after, embedding[before])
    first = chains["sentence"][0]
    follows(first, plain)
    follows(first, embedding[chains["thought"][-1]])
    follows(end, embedding[chains["sentence"][-1]])
    follows(end, embedding[chains["call"][-1]])
    follows(chains["call"][0], embedding[chains[" outside"][0]])
    follows(chains["call"][0], embedding[chains["look"][-1]])
    follows(chains["look"][0], embedding[chains[" yonder"][0]])
    follows(chains["round"][0], embedding[chains["round"][-1]])
    follows(chains["round"][0], embedding[chains[" endlessly"][0]])
    follows(chains["thought"][0], embedding[chains[" thoughtfully"][0]])

    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("tiny")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(DIMENSIONS)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(WIDTH)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_rope_dimension_count(DIMENSIONS // HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([0.0] * len(tokens))
    writer.add_token_types(kinds)
    writer.add_unk_token_id(0)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(end)
    writer.add_add_bos_token(False)
    writer.add_add_space_prefix(False)
    writer.add_chat_template(TEMPLATE)

    writer.add_tensor("token_embd.weight", embedding)
    writer.add_tensor("output_norm.weight", numpy.ones(DIMENSIONS, numpy.float32))
    writer.add_tensor("output.weight", output)
    for layer in range(LAYERS):
        for name in ("attn_norm", "ffn_norm"):
            writer.add_tensor(f"blk.{layer}.{name}.weight", numpy.ones(DIMENSIONS, numpy.float32))
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            writer.add_tensor(f"blk.{layer}.{name}.weight", noise(DIMENSIONS, DIMENSIONS, size=0.02))
        for name, shape in (
            ("ffn_gate", (WIDTH, DIMENSIONS)),
            ("ffn_up", (WIDTH, DIMENSIONS)),
            ("ffn_down", (DIMENSIONS, WIDTH)),
        ):
            writer.add_tensor(f"blk.{layer}.{name}.weight", noise(*shape, size=0.02))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    write(sys.argv[1])
