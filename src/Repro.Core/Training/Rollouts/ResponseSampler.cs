using Repro.Core.Batching;
using Repro.Core.Configuration;
using Repro.Core.Models;
using Repro.Core.Randomness;
using Repro.Core.Tokenization;

namespace Repro.Core.Training.Rollouts;

/// <summary>
/// Draws responses. Each row has a random stream of its own, named by step and row, so that it is the same alone, in any batch and after a
/// resume.
/// </summary>
public sealed class ResponseSampler
{
    private readonly LanguageModel _model;
    private readonly SamplerSettings _settings;
    private readonly RandomStreams _streams;
    private readonly TextTokenizer? _tokenizer;
    private readonly IReadOnlyList<int> _stops;
    private readonly int _pad;

    /// <summary>Puts the parts together.</summary>
    /// <param name="model">The model; its active adapter at the time of a call counts.</param>
    /// <param name="settings">The distribution.</param>
    /// <param name="streams">Random numbers of the run.</param>
    /// <param name="tokenizer">Makes texts of responses; null leaves them empty.</param>
    /// <exception cref="ArgumentException">A setting is impossible.</exception>
    public ResponseSampler(LanguageModel model, SamplerSettings settings, RandomStreams streams, TextTokenizer? tokenizer = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(streams);
        settings.Check();
        (_model, _settings, _streams, _tokenizer) = (model, settings, streams, tokenizer);
        _stops = settings.StopTokens ?? model.Config.EndTokens;
        _pad = tokenizer?.Specials.Pad ?? model.Config.PadToken ?? 0;
    }

    /// <summary>The id at padded positions.</summary>
    public int Pad => _pad;

    /// <summary>Draws one response for each prompt.</summary>
    /// <param name="prompts">At least one.</param>
    /// <param name="step">Names the random streams, together with the row.</param>
    /// <param name="firstRow">Number of the first prompt's stream; several draws of one step use different ones.</param>
    /// <param name="cancellation">Checked between tokens.</param>
    /// <returns>Rollouts in the order of the prompts.</returns>
    /// <exception cref="ReproException">A prompt is empty or holds an unknown id.</exception>
    public IReadOnlyList<Rollout> Sample(
        IReadOnlyList<RolloutPrompt> prompts, long step, long firstRow = 0, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        var seeds = Enumerable.Range(0, prompts.Count).Select(row => _streams.For(RandomStreams.Sampling, step, firstRow + row)).ToArray();
        var made = TextGenerator.Generate(
            _model, [.. prompts.Select(prompt => prompt.Ids)], _settings.Generation(_stops, _pad, seeds), cancellation);
        return [.. prompts.Zip(made.Responses, Finish)];
    }

    private Rollout Finish(RolloutPrompt prompt, long[] response) =>
        new(prompt, response, _stops.Contains((int)response[^1]))
        {
            Text = _tokenizer?.DecodeText(response.Select(id => (int)id)) ?? string.Empty,
        };
}

/// <summary>
/// The distribution that responses are drawn from. Policy and reference give their log-probabilities under it as well: the
/// logits are divided by the temperature, and where top-k or top-p cut the vocabulary, both are renormalised over the tokens that the
/// sampling policy kept. Otherwise the KL between them would be that of distributions which nobody sampled from, and could turn negative.
/// </summary>
public sealed record SamplerSettings
{
    /// <summary>Most tokens of a response.</summary>
    [AtLeast(1)]
    public required int MaxNewTokens { get; init; }

    /// <summary>Divides the logits; above 0.</summary>
    [Above(0, Instead = "top_k: 1 takes the best token")]
    public double Temperature { get; init; } = 1;

    /// <summary>Keeps the k best tokens and all that equal the k-th; null keeps all.</summary>
    [AtLeast(1, Instead = "leave the key out to keep all tokens")]
    public int? TopK { get; init; }

    /// <summary>Keeps the smallest set that reaches this probability; null keeps all.</summary>
    [Within(0, 1, AboveMinimum = true, Instead = "leave the key out to keep all tokens")]
    public double? TopP { get; init; }

    /// <summary>Ids that end a response; null for those of the model's configuration.</summary>
    [AtLeast(0)]
    public IReadOnlyList<int>? StopTokens { get; init; }

    /// <summary>Whether tokens are taken out of the vocabulary before one is drawn.</summary>
    internal bool Truncates => TopK is not null || TopP is < 1;

    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxNewTokens, 1);
        TensorChecks.Positive(Temperature, nameof(Temperature));
        ArgumentOutOfRangeException.ThrowIfLessThan(TopK ?? 1, 1, nameof(TopK));
        TensorChecks.Between(TopP ?? 1, double.Epsilon, 1, nameof(TopP));
    }

    internal GenerationSettings Generation(IReadOnlyList<int> stops, int pad, IReadOnlyList<long> seeds) => new()
    {
        MaxNewTokens = MaxNewTokens,
        Sample = true,
        Temperature = Temperature,
        TopK = TopK,
        TopP = TopP is < 1 ? TopP : null,
        StopTokens = stops,
        PadToken = pad,
        Seeds = seeds,
    };
}
