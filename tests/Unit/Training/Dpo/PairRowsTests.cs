using Repro.Core;
using Repro.Core.Batching;
using Repro.Core.Chat;
using Repro.Core.Data;
using Repro.Core.Tokenization;
using Repro.Core.Training.Dpo;
using static Repro.Tests.Unit.Tokenization.TinyTokenizer;

namespace Repro.Tests.Unit.Training.Dpo;

public sealed class PairRowsTests
{
    private static readonly ChatMessage[] _prompt = [new(ChatRole.User, "q"), new(ChatRole.Assistant, "abc"), new(ChatRole.User, "xyz")];

    private static readonly BpeTextTokenizer _tokenizer = Load(
        ByteLevel(PreTokenizerPatterns.Qwen2, Added(300, "<|im_start|>"), Added(301, "<|im_end|>")));

    [Fact]
    public void Only_the_last_turn_and_its_end_are_learnt()
    {
        var pair = new PairRows(_tokenizer, new ChatMlTemplate()).Pair(_prompt, "he", "in");
        CompletionText(pair.Chosen).Should().Be("he<|im_end|>");
        CompletionText(pair.Rejected).Should().Be("in<|im_end|>");
        _tokenizer.DecodeIds(pair.Chosen.Ids[..pair.CommonPrefix]).Should().EndWith("xyz<|im_end|>\n<|im_start|>assistant\n");
        pair.Chosen.Ids[^1].Should().Be(301, "what the template puts behind the end token is not part of the response");
    }

    [Fact]
    public void Prompts_lose_their_beginning_and_then_responses_their_end()
    {
        var whole = new PairRows(_tokenizer, new ChatMlTemplate(), null).Pair(_prompt, "klmnop", "h");
        var prompt = whole.CommonPrefix;
        var cut = new PairRows(_tokenizer, new ChatMlTemplate(), 12, 8).Pair(_prompt, "klmnop", "h");
        cut.Chosen.Ids.Should().Equal([.. whole.Chosen.Ids[(prompt - 8)..prompt], .. whole.Chosen.Ids[prompt..(prompt + 4)]]);
        cut.Rejected.Ids.Should().Equal([.. whole.Rejected.Ids[(prompt - 8)..]], "the prompt is the same on both sides");
        new PairRows(_tokenizer, new ChatMlTemplate(), whole.Chosen.Ids.Length, 8).Pair(_prompt, "klmnop", "h").Chosen.Ids
            .Should().Equal(whole.Chosen.Ids);
        FluentActions.Invoking(() => new PairRows(_tokenizer, new ChatMlTemplate(), 8, 8).Pair(_prompt, "k", "h"))
            .Should().Throw<ReproException>().WithMessage("max_prompt_length*8*");
    }

    [Fact]
    public void A_group_gives_every_pair_that_is_no_tie()
    {
        var group = new PreferenceGroup(
            new Origin("s", "g", "1"), [new ChatMessage(ChatRole.User, "q")], [new("k", 0), new("l", 1), new("m", 1)]);
        new PairRows(_tokenizer, new ChatMlTemplate()).Pairs(group)
            .Select(pair => (CompletionText(pair.Chosen)[..1], CompletionText(pair.Rejected)[..1])).Should().Equal(("k", "l"), ("k", "m"));
    }

    private static string CompletionText(TokenRow row) => _tokenizer.DecodeIds(row.Ids.Where((_, place) => row.CompletionMask[place]));
}
