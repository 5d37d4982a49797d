using Repro.Core.Chat;
using Repro.Core.Data;
using Repro.Core.Tokenization;
using Repro.Tests.Unit.Tokenization;

namespace Repro.Tests.Unit.Data;

public sealed class PromptLengthTests
{
    [Fact]
    public void The_opening_of_the_answer_counts()
    {
        var tokenizer = TinyTokenizer.Load(
            TinyTokenizer.ByteLevel(
                PreTokenizerPatterns.Qwen2, TinyTokenizer.Added(300, "<|im_start|>"), TinyTokenizer.Added(301, "<|im_end|>")));
        var template = new ChatMlTemplate();
        var prompt = new PromptOnly(new("s", "g", "i"), [new(ChatRole.User, "xyz")]);
        // Start token, "user" and line break as bytes, text, end token, line break, start token, "assistant" and line break.
        const int tokens = 1 + 5 + 3 + 1 + 1 + 1 + 10;
        new PromptLength(tokenizer, template, tokens).Keeps(prompt).Should().BeTrue();
        new PromptLength(tokenizer, template, tokens - 1).Keeps(prompt).Should().BeFalse();
    }
}
