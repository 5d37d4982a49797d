using Repro.Core.Randomness;
using static TorchSharp.torch;

namespace Repro.Core.Models;

/// <summary>Continues prompts with a language model, keys and values of past positions kept.</summary>
public static class TextGenerator
{
    /// <summary>Continues prompts of any lengths; they are padded on the left.</summary>
    /// <param name="model">The model.</param>
    /// <param name="prompts">Token ids, at least one for each prompt.</param>
    /// <param name="settings">How to choose.</param>
    /// <param name="cancellation">Ends the work between two tokens.</param>
    /// <exception cref="ReproException">A prompt is empty, or holds an id that the model does not know.</exception>
    public static GeneratedRows Generate(
        LanguageModel model,
        IReadOnlyList<IReadOnlyList<long>> prompts,
        GenerationSettings settings,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentNullException.ThrowIfNull(settings);
        var empty = prompts.ToList().FindIndex(prompt => prompt.Count == 0);
        if (empty >= 0 || prompts.Count == 0)
        {
            throw new ReproException(
                empty >= 0 ? Invariant($"Prompt {empty} is empty; generation needs at least one token.") : "There are no prompts.");
        }

        var unknown = prompts.SelectMany(prompt => prompt).Where(id => id < 0 || id >= model.Config.VocabularySize).ToList();
        if (unknown.Count > 0)
        {
            throw model.UnknownToken(unknown[0]);
        }

        var padding = new PaddingSettings(settings.PadToken, PaddingSide.Left);
        var batch = PaddedBatch.Pad([.. prompts.Select(prompt => prompt.Select(id => (int)id).ToArray())], padding);
        using var ids = batch.IdTensor(model.Device);
        using var mask = batch.MaskTensor(model.Device);
        return Generate(model, ids, mask, settings, cancellation);
    }

    /// <summary>Continues a batch that is padded on the left.</summary>
    /// <param name="model">The model.</param>
    /// <param name="ids">[prompts, length], int64.</param>
    /// <param name="mask">[prompts, length]; 1 for real tokens; the last column is all ones.</param>
    /// <param name="settings">How to choose.</param>
    /// <param name="cancellation">Ends the work between two tokens.</param>
    /// <exception cref="ReproException">A row ends with padding, an id is not known to the model, a text would become longer than the model
    /// knows, or logits are not finite.</exception>
    /// <exception cref="ArgumentException">The settings contradict themselves.</exception>
    public static GeneratedRows Generate(
        LanguageModel model, Tensor ids, Tensor mask, GenerationSettings settings, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(ids);
        ArgumentNullException.ThrowIfNull(mask);
        ArgumentNullException.ThrowIfNull(settings);
        using var inference = new EvaluationMode(model, gradients: false);
        using var scope = NewDisposeScope();
        Check(ids, mask, settings);
        return Run(
            model,
            ids.repeat_interleave(settings.SequencesPerPrompt, 0),
            mask.ne(0).to(ScalarType.Int64).repeat_interleave(settings.SequencesPerPrompt, 0),
            settings,
            cancellation);
    }

    private static GeneratedRows Run(
        LanguageModel model, Tensor ids, Tensor mask, GenerationSettings settings, CancellationToken cancellation)
    {
        var (rows, length) = ((int)ids.shape[0], ids.shape[1]);
        var distinct = new DistinctPrompts(ids, mask);
        using var cache = new KeyValueCache(
            model.Config, distinct.Ids.shape[0], length + settings.MaxNewTokens, model.Dtype, model.Device);
        var running = new RunningRows(model, ids, mask, settings);
        var longest = mask.sum(1).max().item<long>();
        var responses = Enumerable.Range(0, rows).Select(_ => new List<long>()).ToArray();
        var ended = new bool[rows];
        for (var (step, open) = (0, rows); step < settings.MaxNewTokens && open > 0; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            running.LeaveOut(ended, open, cache);
            using var scope = NewDisposeScope();
            var position = length + step;
            var logits = step == 0
                ? First(model, distinct, cache)
                : Further(model, running.Last(position), running.Plan, cache, longest + step);
            var next = new long[running.Numbers.Length];
            Choose(LogitsProcessing.Apply(logits, running.Seen(position), settings, running.Starts), settings, running.Randoms, step, next);
            for (var place = 0; place < next.Length; place++)
            {
                var row = running.Numbers[place];
                if (ended[row])
                {
                    next[place] = settings.PadToken;
                    continue;
                }

                responses[row].Add(next[place]);
                settings.Chosen?.Invoke(row, next[place]);
                ended[row] = settings.Ends?.Invoke(row, next[place]) == true || settings.StopTokens.Contains((int)next[place]);
                open -= ended[row] ? 1 : 0;
            }

            running.Write(position, next);
        }

        var prompts = ids.cpu().contiguous().data<long>().ToArray().Chunk((int)length);
        return new GeneratedRows(
            [.. prompts.Zip(responses, (prompt, response) => (long[])
                [.. prompt, .. response, .. Enumerable.Repeat((long)settings.PadToken, settings.MaxNewTokens - response.Count)])],
            [.. responses.Select(response => response.ToArray())]);
    }

    private static Tensor First(LanguageModel model, DistinctPrompts prompts, KeyValueCache cache)
    {
        var logits = model.LogitsOf(model.Hidden(prompts.Ids, prompts.Mask, null, cache, first: prompts.Ids.shape[1] - 1)).squeeze(1);
        if (prompts.Places is not { } places)
        {
            return logits;
        }

        cache.Keep(places);
        return logits.index_select(0, places);
    }

    // The ids were chosen from the vocabulary, so that nothing needs to be checked but the number of positions.
    private static Tensor Further(LanguageModel model, Tensor ids, StepPlan plan, KeyValueCache cache, long longest)
    {
        model.RequireLength(longest);
        return model.LogitsOf(model.Step(ids, plan, cache)).squeeze(1);
    }

    private static void Choose(Tensor logits, GenerationSettings settings, SequenceRandom[] randoms, int step, long[] next)
    {
        using var scope = NewDisposeScope();
        Tensor chosen, evidence;
        if (settings.Sample)
        {
            // The inverse of the distribution function at one uniform number of each row's own generator.
            var wide = logits.dtype is ScalarType.Float16 or ScalarType.BFloat16 ? logits.to(ScalarType.Float32) : logits;
            var reached = wide.softmax(-1).cumsum(-1, ScalarType.Float64);
            var uniforms = tensor(
                Array.ConvertAll(randoms, random => random.Uniform()),
                [randoms.Length, 1],
                dtype: ScalarType.Float64,
                device: logits.device);
            var last = logits.shape[1] - 1;
            evidence = reached.narrow(1, last, 1);
            chosen = searchsorted(reached, uniforms.mul_(evidence), right: true).clamp_max_(last);
        }
        else
        {
            (evidence, chosen) = (logits.amax([-1]), logits.argmax(-1));
        }

        // NaN, a logit of infinity and a row without any possible token all show in the sum of a softmax and in the best logit.
        if (!evidence.isfinite().all().item<bool>())
        {
            throw new ReproException(Invariant(
                $"The model's logits are not finite at new token {step + 1}: its weights hold NaN or infinity, ")
                + $"the dtype {logits.dtype} overflows, or every token is banned.");
        }

        chosen.cpu().data<long>().CopyTo(next);
    }

    private static void Check(Tensor ids, Tensor mask, GenerationSettings settings)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.MaxNewTokens, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.SequencesPerPrompt, 1);
        if (settings.Temperature is not (> 0 and < double.PositiveInfinity)
            || settings.RepetitionPenalty is not (> 0 and < double.PositiveInfinity))
        {
            throw new ArgumentException(
                Invariant(
                    $"Temperature and repetition penalty must be above 0, found {settings.Temperature} and {settings.RepetitionPenalty}."),
                nameof(settings));
        }

        if (ids.dim() != 2 || !ids.shape.SequenceEqual(mask.shape) || ids.numel() == 0)
        {
            throw new ArgumentException(
                $"Ids and mask [prompts, length] were expected, found [{InvariantText.Join(", ", ids.shape)}] and "
                    + $"[{InvariantText.Join(", ", mask.shape)}].",
                nameof(ids));
        }

        if (settings.Seeds is { } seeds && seeds.Count != ids.shape[0] * settings.SequencesPerPrompt)
        {
            throw new ArgumentException(
                Invariant($"{ids.shape[0] * settings.SequencesPerPrompt} seeds were expected, found {seeds.Count}."), nameof(settings));
        }

        if (mask.narrow(1, mask.shape[1] - 1, 1).ne(0).all().item<bool>() is false)
        {
            throw new ReproException("A row of the batch ends with padding; prompts are padded on the left for generation.");
        }
    }
}

/// <summary>How next tokens are chosen. The order is: repetition penalty, n-gram ban, least length, temperature, top-k, top-p, typical,
/// epsilon.</summary>
public sealed record GenerationSettings
{
    /// <summary>Most new tokens in a row.</summary>
    public required int MaxNewTokens { get; init; }

    /// <summary>Whether tokens are drawn; otherwise the best one is taken.</summary>
    public bool Sample { get; init; }

    /// <summary>Divides the logits; above 0.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Keeps the k best tokens and all that equal the k-th; null keeps all.</summary>
    public int? TopK { get; init; }

    /// <summary>Keeps the smallest set that reaches this probability; null keeps all.</summary>
    public double? TopP { get; init; }

    /// <summary>Keeps the tokens whose surprise is nearest to the entropy, up to this probability; null keeps all.</summary>
    public double? TypicalP { get; init; }

    /// <summary>Drops tokens below this probability; null keeps all.</summary>
    public double? EpsilonCutoff { get; init; }

    /// <summary>Tokens that top-p, typical and epsilon leave at least.</summary>
    public int MinimumKept { get; init; } = 1;

    /// <summary>Divides positive and multiplies negative logits of tokens that occur in the row; 1 does nothing.</summary>
    public double RepetitionPenalty { get; init; } = 1;

    /// <summary>Whether padding ids count as tokens that occur. Some peers do so; a row then depends on the batch it is in.</summary>
    public bool PenaltySeesPadding { get; init; }

    /// <summary>No n tokens in a row come twice; null allows it.</summary>
    public int? NoRepeatNgram { get; init; }

    /// <summary>Stop tokens are banned until the row, prompt included, has this length; null allows them.</summary>
    public int? MinimumLength { get; init; }

    /// <summary>Ids that end a row; they are part of it.</summary>
    public IReadOnlyList<int> StopTokens { get; init; } = [];

    /// <summary>What fills ended rows.</summary>
    public int PadToken { get; init; }

    /// <summary>Rows made from each prompt.</summary>
    public int SequencesPerPrompt { get; init; } = 1;

    /// <summary>Seeds of the rows, sequences of one prompt side by side; null derives them from <see cref="Seed"/> and the index of the
    /// row.</summary>
    public IReadOnlyList<long>? Seeds { get; init; }

    /// <summary>Told of each new token as soon as it is chosen, with the index of its row; null for nobody.</summary>
    public Action<int, long>? Chosen { get; init; }

    /// <summary>Asked after each new token, with the index of its row, whether the row ends with it, as stop texts need it; null for
    /// never.</summary>
    public Func<int, long, bool>? Ends { get; init; }

    /// <summary>Where seeds are derived from if they are not given.</summary>
    public long Seed { get; init; }
}

/// <summary>Prompts with what was made from them.</summary>
/// <param name="Sequences">For each row the prompt, padding included, the new tokens, and padding after a stop token.</param>
/// <param name="Responses">For each row the new tokens alone, the stop token included.</param>
public sealed record GeneratedRows(IReadOnlyList<long[]> Sequences, IReadOnlyList<long[]> Responses);
