using Repro.Core;
using Repro.Core.Evaluation.Benchmarks;
using Repro.Core.Models;
using Repro.Core.Tokenization;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Models;
using Repro.Tests.Unit.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Evaluation.Benchmarks;

/// <summary>Log-likelihoods of choices equal those of each request computed by itself, whatever is shared and however many come
/// together.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class ChoiceScorerTests
{
    private static readonly BpeTextTokenizer Tokenizer = BpeTrainer.Train(
        ["the question is what the answer is", "Question: what is this? Answer: that one and the other one"],
        new BpeTrainerOptions(300) { SpecialTokens = ["<|bos|>", "<|end|>"], BeginToken = "<|bos|>", EndToken = "<|end|>" });

    public static TheoryData<ModelArchitecture, int, bool> Ways()
    {
        var data = new TheoryData<ModelArchitecture, int, bool>();
        foreach (var batch in new[] { 1, 3, 16 })
        {
            data.Add(ModelArchitecture.Llama, batch, true);
            data.Add(ModelArchitecture.Llama, batch, false);
            data.Add(ModelArchitecture.Gpt2, batch, true);
            data.Add(ModelArchitecture.Gemma2, batch, true);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Scores_equal_the_direct_computation(ModelArchitecture architecture, int batch, bool share)
    {
        using var model = Model(architecture, 256);
        var scores = new ChoiceScorer(model, Tokenizer, new() { BatchSize = batch, SharePrefixes = share }).Score(Documents());
        foreach (var (requests, found) in Documents().Zip(scores))
        {
            foreach (var (request, score) in requests.Zip(found))
            {
                var direct = Direct(model, request);
                score.LogLikelihood.Should().BeApproximately(direct.LogLikelihood, 1e-5, request.Continuation);
                score.IsGreedy.Should().Be(direct.IsGreedy);
            }
        }
    }

    /// <summary>The choices are all tokens whose text is read as that token after the prompt.</summary>
    [Fact]
    public void The_most_likely_continuation_is_greedy_and_no_other()
    {
        using var model = Model(ModelArchitecture.Llama, 256);
        var scorer = new ChoiceScorer(model, Tokenizer, new());
        var found = 0;
        foreach (var prompt in Documents().Select(document => document[0].Context))
        {
            var ids = Tokenizer.EncodeIds(prompt, addSpecialTokens: false);
            long[] input = [.. ids];
            var made = TextGenerator.Generate(model, [input], new GenerationSettings { MaxNewTokens = 1 }).Responses[0][0];
            var tokens = Enumerable.Range(0, Tokenizer.IdLimit).Where(id => Tokenizer.TokenOf(id) is not null)
                .Select(id => (Id: id, Text: Tokenizer.DecodeIds([id])))
                .Where(token => Tokenizer.EncodeIds(prompt + token.Text, addSpecialTokens: false).SequenceEqual(ids.Append(token.Id)))
                .ToList();
            var scores = scorer.Score([[.. tokens.Select(token => new BenchmarkRequest(prompt, token.Text))]])[0];
            foreach (var (score, token) in scores.Zip(tokens))
            {
                score.IsGreedy.Should().Be(token.Id == made, "'{0}' after '{1}'", token.Text, prompt);
                score.LogLikelihood.Should().BeNegative();
                found += score.IsGreedy ? 1 : 0;
            }
        }

        found.Should().BePositive("a greedy token must be among the choices");
    }

    /// <summary>Of 1 2 3 4, 1 2 3 5 and 1 2 6 7 the last tokens are predicted only: 1, 2, 3 and 6 are read.</summary>
    [Fact]
    public void A_common_beginning_stands_once()
    {
        List<List<EncodedChoice>> documents = [[new([1, 2, 3, 4], 1, false), new([1, 2, 3, 5], 1, false)], [new([1, 2, 6, 7], 2, false)]];
        var (trees, places) = TokenTree.Plant(documents, _ => false);
        trees.Should().ContainSingle().Which.Ids.ToArray().Should().Equal(1, 2, 3, 6);
        places[0][1].Should().Equal(new TreeStep(0, 2, 5));
        places[1][0].Should().Equal(new TreeStep(0, 1, 6), new TreeStep(0, 3, 7));
        trees[0].IsChain.Should().BeFalse();
        TokenTree.Plant(documents, _ => true).Trees.Select(tree => tree.Count).Should().Equal(3, 3);
        TokenTree.Plant(documents, _ => true, alone: true).Trees.Should().HaveCount(3);
        var (seen, positions) = (new bool[25], new long[5]);
        trees[0].See(seen, positions, 5);
        positions.Should().Equal(0, 1, 2, 2, 0);
        seen[15..20].Should().Equal(true, true, false, true, false);
        seen[20..].Should().Equal(new[] { true, false, false, false, false }, "padding sees something");
    }

    [Fact]
    public void Blanks_at_the_end_of_a_prompt_belong_to_the_continuation()
    {
        using var model = Model(ModelArchitecture.Llama, 256);
        var scorer = new ChoiceScorer(model, Tokenizer, new());
        var (moved, plain) = (scorer.Encode(new("the question ", "is")), scorer.Encode(new("the question", " is")));
        moved.Ids.Should().Equal(plain.Ids);
        moved.Continuation.Should().Be(plain.Continuation);
    }

    [Fact]
    public void A_text_that_is_too_long_loses_its_beginning()
    {
        using var model = Model(ModelArchitecture.Llama, 16);
        var scorer = new ChoiceScorer(model, Tokenizer, new());
        var request = new BenchmarkRequest(string.Concat(Enumerable.Repeat("what is that? ", 20)) + "Answer:", " one");
        scorer.Encode(request).Ids.Should().HaveCount(17, "the last token is predicted and not read");
        scorer.Score([[request, request with { Continuation = " two" }], [new("a", " one")]])[0][0].LogLikelihood.Should().BeNegative();
        scorer.Shortened.Should().Be(1, "documents are counted, not choices");
        FluentActions.Invoking(() => scorer.Encode(new("a", string.Concat(Enumerable.Repeat(" what is that?", 20)))))
            .Should().Throw<ReproException>().WithMessage("A continuation of * tokens exceeds the 16 positions of the model.");
    }

    [Fact]
    public void A_begin_token_stands_before_each_prompt_where_it_is_asked_for_or_the_prompt_is_empty()
    {
        using var model = Model(ModelArchitecture.Llama, 256);
        var begin = Tokenizer.Specials.Begin!.Value;
        new ChoiceScorer(model, Tokenizer, new() { AddBosToken = true }).Encode(new("the", " one")).Ids[0].Should().Be(begin);
        var plain = new ChoiceScorer(model, Tokenizer, new());
        plain.Encode(new("the", " one")).Ids[0].Should().NotBe(begin);
        plain.Encode(new(string.Empty, " one")).Ids[0].Should().Be(begin);
        FluentActions.Invoking(() => plain.Encode(new("the", string.Empty)))
            .Should().Throw<ReproException>().WithMessage("*has no tokens*");
    }

    [Fact]
    public void A_response_ends_before_the_first_text_that_ends_it()
    {
        var text = new StoppedText(Tokenizer, ["Question:", "\n\n"]);
        foreach (var id in Tokenizer.EncodeIds(" one\nQuest", addSpecialTokens: false))
        {
            text.Add(id).Should().BeFalse();
        }

        Tokenizer.EncodeIds("ion: the", addSpecialTokens: false).Select(text.Add).ToList()[^1].Should().BeTrue();
        text.Finish().Should().Be(" one\n");
        var whole = new StoppedText(Tokenizer, ["Question:"]);
        Tokenizer.EncodeIds("the other\nQuestio", addSpecialTokens: false).Select(whole.Add).ToList().Should().AllBeEquivalentTo(false);
        whole.Finish().Should().Be("the other\nQuestio");
    }

    private static LanguageModel Model(ModelArchitecture architecture, int positions) => LanguageModel.Create(
        TinyModels.Config(architecture) with { VocabularySize = Tokenizer.IdLimit, MaximumPositions = positions }, 3);

    // Examples in common, prompts of several lengths, choices that share a beginning, equal ones and one prompt for each choice.
    private static List<IReadOnlyList<BenchmarkRequest>> Documents()
    {
        const string Shots = "Question: what is this?\nAnswer: that one\n\nQuestion: what is the other?\nAnswer: the one\n\n";
        List<IReadOnlyList<BenchmarkRequest>> documents =
        [
            .. Enumerable.Range(1, 5).Select(i => Requests(
                $"{Shots}Question: {string.Concat(Enumerable.Repeat("what is ", i))}this?\nAnswer:",
                " A", " B", " the one", " the other one", " the one")),
        ];
        documents.Add([new("the other is what", " the answer is"), new("that one is", " the answer is")]);
        documents.Add(Requests("Answer:", " that", " that one and the other"));
        return documents;
    }

    private static List<BenchmarkRequest> Requests(string context, params string[] continuations) =>
        [.. continuations.Select(continuation => new BenchmarkRequest(context, continuation))];

    private static ChoiceLikelihood Direct(LanguageModel model, BenchmarkRequest request)
    {
        using var scope = NewDisposeScope();
        using var ungraded = no_grad();
        var context = Tokenizer.EncodeIds(request.Context, addSpecialTokens: false).Length;
        var ids = Tokenizer.EncodeIds(request.Context + request.Continuation, addSpecialTokens: false).Select(id => (long)id).ToArray();
        var input = tensor(ids, [1, ids.Length]);
        var table = model.Logits(input, ones_like(input)).log_softmax(-1)[0];
        var (sum, greedy) = (0.0, true);
        for (var i = context; i < ids.Length; i++)
        {
            sum += table[i - 1, ids[i]].item<float>();
            greedy &= table[i - 1].argmax().item<long>() == ids[i];
        }

        return new(sum, greedy);
    }
}
