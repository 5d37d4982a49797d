using Repro.Core;
using Repro.Core.Chat;
using Repro.Core.Data;
using Repro.Core.Tokenization;
using Repro.Core.Training.Sft;
using Repro.Tests.Shared;
using static Repro.Tests.Unit.Tokenization.TinyTokenizer;

namespace Repro.Tests.Unit.Training.Sft;

public sealed class ConversationRowsTests
{
    private static readonly ChatMessage[] _talk =
        [new(ChatRole.User, "q"), new(ChatRole.Assistant, "abc"), new(ChatRole.User, "r"), new(ChatRole.Assistant, "he")];

    private static readonly BpeTextTokenizer _tokenizer = Load(ByteLevel(
        PreTokenizerPatterns.Qwen2,
        [
            .. ((string[])["<|im_start|>", "<|im_end|>", "<|prompter|>", "<|assistant|>", "</s>"])
                .Select((token, i) => Added(300 + i, token)),
        ]));

    [Fact]
    public void The_assistant_learns_its_texts_and_their_ends()
    {
        var row = new ConversationRows(_tokenizer, new ChatMlTemplate()).Row(_talk);
        CompletionText(row.Ids, row.CompletionMask).Should().Be("abc<|im_end|>he<|im_end|>");
        row.Predictions.Should().Be(4);
        new ConversationRows(_tokenizer, new ChatMlTemplate(), LossOn.Everything).Row(_talk).CompletionMask
            .Should().OnlyContain(counts => counts);
    }

    [Fact]
    public void Turn_tags_also_teach_the_tag_of_the_next_turn()
    {
        var row = new ConversationRows(_tokenizer, new TurnTagTemplate(), LossOn.TurnTags).Row(_talk);
        // From the assistant's tag on each position predicts: the text, its end, and the tag behind it; the last position predicts nothing.
        CompletionText(row.Ids, row.CompletionMask).Should().Be("abc</s><|prompter|>he</s>");
        FluentActions.Invoking(() =>
            new ConversationRows(
                Load(ByteLevel(PreTokenizerPatterns.Qwen2, Added(300, "<|im_start|>"), Added(301, "<|im_end|>"))), new ChatMlTemplate(),
                LossOn.TurnTags).Row(_talk))
            .Should().Throw<ReproException>().WithMessage("*no token '<|prompter|>'*");
    }

    [Fact]
    public void A_begin_token_opens_the_row_once()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(
            Path.Combine(folder.Path, "tokenizer.json"),
            Bytes(ByteLevel(PreTokenizerPatterns.Qwen2, Added(300, "<|im_start|>"), Added(301, "<|im_end|>"), Added(302, "<s>"))));
        folder.Write("tokenizer_config.json", "{\"bos_token\":\"<s>\"}");
        var row = new ConversationRows(TokenizerLoader.Load(folder.Path), new ChatMlTemplate()).Row(_talk);
        row.Ids.Take(2).Should().Equal(302, 300);
        row.CompletionMask[0].Should().BeFalse();
    }

    private static string CompletionText(int[] ids, bool[] mask) => _tokenizer.DecodeIds(ids.Where((_, place) => mask[place]));
}
