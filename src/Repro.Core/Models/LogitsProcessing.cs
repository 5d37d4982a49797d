using static TorchSharp.torch;

namespace Repro.Core.Models;

/// <summary>Changes of next-token logits [rows, vocabulary]; removed tokens get negative infinity. Each gives a new tensor.</summary>
public static class LogitsProcessing
{
    /// <summary>All changes that the settings ask for, in their order.</summary>
    /// <param name="logits">[rows, vocabulary].</param>
    /// <param name="ids">The tokens so far, [rows, length], int64.</param>
    /// <param name="settings">What to do.</param>
    /// <param name="starts">Where the text of each row begins, after its padding: what the n-gram ban and the least length count from;
    /// null without padding. The repetition penalty sees all of <paramref name="ids"/>.</param>
    public static Tensor Apply(Tensor logits, Tensor ids, GenerationSettings settings, IReadOnlyList<int>? starts = null)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(ids);
        ArgumentNullException.ThrowIfNull(settings);
        using var scope = NewDisposeScope();
        var result = logits.alias();
        if (settings.RepetitionPenalty != 1)
        {
            result = RepetitionPenalty(result, ids, settings.RepetitionPenalty);
        }

        if (settings.NoRepeatNgram is { } ngram)
        {
            result = NoRepeatNgram(result, ids, ngram, starts);
        }

        if (settings.MinimumLength is { } least)
        {
            result = Without(result, settings.StopTokens, row => ids.shape[1] - (starts?[row] ?? 0) < least);
        }

        if (settings.Temperature != 1)
        {
            result = result / settings.Temperature;
        }

        if (settings.TopK is { } k)
        {
            result = TopK(result, k);
        }

        if (settings.TopP is { } p)
        {
            result = TopP(result, p, settings.MinimumKept);
        }

        if (settings.TypicalP is { } mass)
        {
            result = Typical(result, mass, settings.MinimumKept);
        }

        if (settings.EpsilonCutoff is { } epsilon)
        {
            result = Epsilon(result, epsilon, settings.MinimumKept);
        }

        return result.MoveToOuterDisposeScope();
    }

    /// <summary>Divides positive and multiplies negative logits, once for each distinct token of the row.</summary>
    /// <param name="logits">[rows, vocabulary].</param>
    /// <param name="ids">[rows, length].</param>
    /// <param name="penalty">Above 0.</param>
    public static Tensor RepetitionPenalty(Tensor logits, Tensor ids, double penalty)
    {
        ArgumentNullException.ThrowIfNull(logits);
        using var scope = NewDisposeScope();
        var scores = logits.gather(1, ids);
        return logits.scatter(1, ids, where(scores.lt(0), scores * penalty, scores / penalty)).MoveToOuterDisposeScope();
    }

    /// <summary>Keeps the k best tokens of a row and all that equal the k-th.</summary>
    /// <param name="logits">[rows, vocabulary].</param>
    /// <param name="k">At least 1; more than the vocabulary keeps all.</param>
    public static Tensor TopK(Tensor logits, int k)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        using var scope = NewDisposeScope();
        var count = (int)Math.Min(k, logits.shape[1]);
        var least = logits.topk(count, -1).values.narrow(1, count - 1, 1);
        return logits.masked_fill(logits.lt(least), double.NegativeInfinity).MoveToOuterDisposeScope();
    }

    /// <summary>Keeps the smallest set of best tokens whose probability reaches p.</summary>
    /// <param name="logits">[rows, vocabulary].</param>
    /// <param name="p">Within [0, 1].</param>
    /// <param name="kept">Tokens that stay at least.</param>
    public static Tensor TopP(Tensor logits, double p, int kept = 1)
    {
        ArgumentNullException.ThrowIfNull(logits);
        using var scope = NewDisposeScope();
        var (sorted, order) = logits.sort(-1, false);
        var removed = sorted.softmax(-1).cumsum(-1).le(1 - p);
        removed.narrow(1, Math.Max(0, logits.shape[1] - kept), Math.Min(kept, logits.shape[1])).fill_(false);
        return logits.masked_fill(removed.scatter(1, order, removed), double.NegativeInfinity).MoveToOuterDisposeScope();
    }

    /// <summary>Keeps the tokens whose surprise is nearest to the entropy of the row, the smallest set that reaches the mass.</summary>
    /// <param name="logits">[rows, vocabulary].</param>
    /// <param name="mass">Within (0, 1).</param>
    /// <param name="kept">Tokens that stay at least.</param>
    public static Tensor Typical(Tensor logits, double mass, int kept = 1)
    {
        ArgumentNullException.ThrowIfNull(logits);
        using var scope = NewDisposeScope();
        var normal = logits.log_softmax(-1);
        var weights = normal.exp();
        // A removed token has probability 0 and adds nothing, though 0 times infinity is no number.
        var entropy = (normal * weights).nan_to_num(0).sum(-1, true).neg();
        var (_, order) = (normal.neg() - entropy).abs().sort(-1, false);
        var reached = logits.gather(1, order).softmax(-1).cumsum(-1);
        var last = reached.lt(mass).sum(1, true).clamp_max(logits.shape[1] - 1);
        var places = arange(logits.shape[1], dtype: ScalarType.Int64, device: logits.device).unsqueeze(0);
        var removed = places.gt(last).logical_and(places.ge(kept));
        return logits.masked_fill(removed.scatter(1, order, removed), double.NegativeInfinity).MoveToOuterDisposeScope();
    }

    /// <summary>Drops tokens below a probability, but never the best ones.</summary>
    /// <param name="logits">[rows, vocabulary].</param>
    /// <param name="epsilon">The probability.</param>
    /// <param name="kept">Tokens that stay at least.</param>
    public static Tensor Epsilon(Tensor logits, double epsilon, int kept = 1)
    {
        ArgumentNullException.ThrowIfNull(logits);
        using var scope = NewDisposeScope();
        var count = (int)Math.Min(kept, logits.shape[1]);
        var least = logits.topk(count, -1).values.narrow(1, count - 1, 1);
        var removed = logits.softmax(-1).lt(epsilon).logical_and(logits.lt(least));
        return logits.masked_fill(removed, double.NegativeInfinity).MoveToOuterDisposeScope();
    }

    /// <summary>Bans every token that would complete n tokens which the row has had already.</summary>
    /// <param name="logits">[rows, vocabulary].</param>
    /// <param name="ids">[rows, length].</param>
    /// <param name="n">At least 1.</param>
    /// <param name="starts">Where the text of each row begins, after its padding; null without padding.</param>
    public static Tensor NoRepeatNgram(Tensor logits, Tensor ids, int n, IReadOnlyList<int>? starts = null)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(ids);
        ArgumentOutOfRangeException.ThrowIfLessThan(n, 1);
        var length = (int)ids.shape[1];
        using var local = ids.cpu();
        using var packed = local.contiguous();
        var all = packed.data<long>().ToArray();
        var result = logits.clone();
        for (var row = 0; row < ids.shape[0]; row++)
        {
            var tokens = all.AsSpan(row * length, length);
            for (var start = starts?[row] ?? 0; start + n <= length; start++)
            {
                if (tokens.Slice(start, n - 1).SequenceEqual(tokens[(length - n + 1)..]))
                {
                    using var place = result.select(0, row).narrow(0, tokens[start + n - 1], 1);
                    place.fill_(double.NegativeInfinity);
                }
            }
        }

        return result;
    }

    private static Tensor Without(Tensor logits, IReadOnlyList<int> tokens, Func<int, bool> isShort)
    {
        var result = logits.clone();
        for (var row = 0; row < logits.shape[0]; row++)
        {
            foreach (var token in tokens.Where(token => token < logits.shape[1] && isShort(row)))
            {
                using var place = result.select(0, row).narrow(0, token, 1);
                place.fill_(double.NegativeInfinity);
            }
        }

        return result;
    }
}
