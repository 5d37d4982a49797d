using System.CommandLine;
using Repro.Core;
using Repro.Core.Chat;
using Repro.Core.Data;
using Repro.Core.Models;
using static TorchSharp.torch;

namespace Repro.Experiments.Cli;

/// <summary>A response to score.</summary>
/// <param name="Prompt">The messages before it.</param>
/// <param name="Response">Its text.</param>
/// <param name="Where">File and line, for messages.</param>
internal sealed record ScoredText(IReadOnlyList<ChatMessage> Prompt, string Response, string Where);

/// <summary>A reward model, whole or an adapter with a head on its base, and what makes its input of texts.</summary>
internal sealed class RewardScorer : IDisposable
{
    private readonly IRewardModel _model;
    private readonly Device _device;
    private readonly ScoringInput _input;
    private readonly List<IDisposable> _owned;

    private RewardScorer(IRewardModel model, Device device, ScoringInput input, ModelIdentity identity, List<IDisposable> owned) =>
        (_model, _device, _input, Identity, _owned) = (model, device, input, identity, owned);

    /// <summary>The reward model by the hashes of its files, to stand beside its scores.</summary>
    internal ModelIdentity Identity { get; }

    /// <summary>Loads what the options name.</summary>
    /// <param name="model">The options of the verb.</param>
    /// <param name="arguments">What the user gave.</param>
    /// <param name="maxLength">Tokens of prompt and response together, at least 1.</param>
    /// <param name="cancellation">Ends the hashing of the model's files.</param>
    internal static RewardScorer Load(ModelOptions model, ParseResult arguments, int maxLength, CancellationToken cancellation)
    {
        var (dtype, device) = (model.Dtype(arguments), model.Device(arguments));
        var tokenizer = model.Tokenizer(arguments);
        var truncation = new PairTruncation(maxLength, Math.Min(256, maxLength / 2));
        var template = model.Template(arguments, tokenizer);
        var input = new ScoringInput(tokenizer, template, truncation);
        if (model.Adapter(arguments) is not { } adapter)
        {
            var whole = ScoreModel.Load(model.Model(arguments), dtype, device);
            return whole.Config.Labels == 1
                ? new RewardScorer(whole, device, input, model.Identity(arguments, template, cancellation), [whole])
                : throw Refused(whole, model.Model(arguments));
        }

        var language = LanguageModel.Load(model.Model(arguments), dtype, device);
        try
        {
            var reward = AdapterRewardModel.Load(language, "reward", adapter);
            return new RewardScorer(
                reward, device, input, model.Identity(arguments, template, cancellation), [reward, language]);
        }
        catch
        {
            language.Dispose();
            throw;
        }
    }

    /// <summary>One score a text, in their order.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="batch">How many at once.</param>
    /// <param name="cancellation">Checked before each batch.</param>
    /// <exception cref="ReproException">A score is not finite.</exception>
    internal IEnumerable<double> Scores(IEnumerable<ScoredText> texts, int batch, CancellationToken cancellation)
    {
        foreach (var part in texts.Chunk(batch))
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (var (text, score) in part.Zip(Score([.. part.Select(text => _input.Build(text.Prompt, text.Response))])))
            {
                yield return double.IsFinite(score) ? score : throw new ReproException(Invariant(
                    $"{text.Where}: the model's score is {score}: its weights, or numbers in this --dtype, are not finite"));
            }
        }
    }

    public void Dispose() => _owned.ForEach(item => item.Dispose());

    private static ReproException Refused(ScoreModel model, string folder)
    {
        model.Dispose();
        return new ReproException(Invariant($"{folder}: a reward model has one output, this one has {model.Config.Labels}"));
    }

    private double[] Score(int[][] texts)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var batch = PaddedBatch.Pad(texts, new PaddingSettings(0));
        return _model.Score(batch.IdTensor(_device), batch.MaskTensor(_device)).to(ScalarType.Float64).cpu().data<double>().ToArray();
    }
}
