using Repro.Core;
using Repro.Core.Tokenization;
using Repro.Tests.Shared;

namespace Repro.Tests.Unit.Tokenization;

public sealed class BpeTrainerTests
{
    private static readonly string[] _corpus =
        [.. File.ReadAllLines(Path.Combine(TextVectors.RepositoryRoot, "fixtures", "text", "corpus.txt")).Select(line => line + "\n")];

    [Fact]
    public void Learns_the_most_frequent_pair_with_ties_by_ids()
    {
        // "ab" and "cd" occur twice each: 'a' has the smaller id.
        BpeTrainer.LearnMerges(["abcd abcd"], new BpeTrainerOptions(258)).Should().Equal(
            new LearnedMerge("a", "b", 2), new LearnedMerge("c", "d", 2));

        // Overlapping pairs count each; merging goes from the left.
        BpeTrainer.LearnMerges(["aaa"], new BpeTrainerOptions(300)).Should().Equal(
            new LearnedMerge("a", "a", 2), new LearnedMerge("aa", "a", 1));
        BpeTrainer.LearnMerges(["aaa"], new BpeTrainerOptions(300, MinimumCount: 2)).Should().Equal(new LearnedMerge("a", "a", 2));
        BpeTrainer.LearnMerges([], new BpeTrainerOptions(300)).Should().BeEmpty();
    }

    [Fact]
    public void A_trained_tokenizer_survives_saving_and_loading()
    {
        BpeTextTokenizer trained = BpeTrainer.Train(_corpus, new BpeTrainerOptions(600, NormalizeNfc: true)
        {
            SpecialTokens = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
            BeginToken = "<|im_start|>",
            EndToken = "<|im_end|>",
            PadToken = "<|endoftext|>",
        });
        trained.Count.Should().Be(600);
        trained.Specials.Should().Be(new SpecialTokenIds(598, 599, 597));
        using var folder = new TemporaryFolder();
        TokenizerWriter.Save(trained, folder.Path);
        var loaded = (BpeTextTokenizer)TokenizerLoader.Load(folder.Path);
        loaded.Specials.Should().Be(trained.Specials);
        foreach (string text in (string[])[.. _corpus, "e\u0301<|im_end|> 😀 \n\n x", ""])
        {
            int[] ids = trained.EncodeIds(text);
            ids[0].Should().Be(598);
            loaded.EncodeIds(text).Should().Equal(ids);
            loaded.EncodeSpans(text).Should().Equal(trained.EncodeSpans(text));
            loaded.DecodeIds(ids).Should().Be(trained.DecodeIds(ids));
        }

        TokenizerWriter.ToJson(loaded).Should().Equal(TokenizerWriter.ToJson(trained));
        Directory.GetFiles(folder.Path).Should().HaveCount(2);
    }

    [Fact]
    public void Wrong_options_are_refused()
    {
        Refused(new BpeTrainerOptions(255), "*255*no room*");
        Refused(new BpeTrainerOptions(256) { SpecialTokens = ["<x>"] }, "*no room*");
        Refused(new BpeTrainerOptions(300) { SpecialTokens = ["<x>", "<x>"] }, "*'<x>'*twice*");
        Refused(new BpeTrainerOptions(300) { SpecialTokens = [""] }, "*empty*");
        Refused(new BpeTrainerOptions(300) { BeginToken = "<s>" }, "*'<s>' is not among*");
        Refused(new BpeTrainerOptions(300, "("), "*regular expression*");

        static void Refused(BpeTrainerOptions options, string message) =>
            FluentActions.Invoking(() => BpeTrainer.Train(["abc"], options)).Should().Throw<ReproException>().WithMessage(message);
    }

    [Fact]
    public void Work_stops_on_request()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        FluentActions.Invoking(() => BpeTrainer.LearnMerges(_corpus, new BpeTrainerOptions(400), source.Token))
            .Should().Throw<OperationCanceledException>();
    }

    [Fact]
    public void Training_needs_no_published_pattern()
    {
        IReadOnlyList<LearnedMerge> merges = BpeTrainer.LearnMerges(["ab ab"], new BpeTrainerOptions(258, @"\w+|\s+"));
        merges.Should().Equal(new LearnedMerge("a", "b", 2));
        PreTokenizerPatterns.Qwen2.Should().Be(new BpeTrainerOptions(300).Pattern);
    }
}
