using Repro.Core.Randomness;
using static TorchSharp.torch;

namespace Repro.Core.Models;

/// <summary>
/// The rows that generation still computes, and what belongs to each. Those that have ended are left out once they are a quarter of them.
/// Its tensors belong to the dispose scope in which it is made.
/// </summary>
internal sealed class RunningRows
{
    // With a handful of rows libraries of linear algebra add up in another order, so that a row would depend on how many have ended.
    internal const int Fewest = 8;

    private readonly bool _hasOwnHistory;
    private Tensor _sequences;
    private Tensor _seen;

    /// <param name="model">The model.</param>
    /// <param name="ids">[rows, length].</param>
    /// <param name="mask">[rows, length].</param>
    /// <param name="settings">How many tokens follow, and what the repetition penalty reads.</param>
    internal RunningRows(LanguageModel model, Tensor ids, Tensor mask, GenerationSettings settings)
    {
        var (rows, added) = ((int)ids.shape[0], settings.MaxNewTokens);
        _sequences = cat([ids, full([rows, added], settings.PadToken, dtype: ScalarType.Int64, device: ids.device)], 1);
        Plan = model.Plan(cat([mask, ones([rows, added], dtype: ScalarType.Int64, device: ids.device)], 1));

        // What the repetition penalty reads: without padding, a row's first token stands in for it, which changes nothing.
        _hasOwnHistory = !settings.PenaltySeesPadding && Plan.Full.Mask is not null;
        _seen = _sequences;
        if (_hasOwnHistory)
        {
            _seen = _sequences.clone();
            _seen.narrow(1, 0, ids.shape[1]).copy_(where(mask.ne(0), ids, ids.gather(1, mask.argmax(1, true))));
        }

        Starts = Plan.Full.Mask is null ? null : mask.argmax(1).cpu().data<long>().Select(start => (int)start).ToArray();
        Randoms = [.. Enumerable.Range(0, rows)
            .Select(row => new SequenceRandom(settings.Seeds?[row] ?? SequenceRandom.Derive(settings.Seed, row)))];
        Numbers = [.. Enumerable.Range(0, rows)];
    }

    /// <summary>Which rows of the whole these are.</summary>
    internal int[] Numbers { get; private set; }

    /// <summary>The generator of each.</summary>
    internal SequenceRandom[] Randoms { get; private set; }

    /// <summary>Where the text of each begins; null without padding.</summary>
    internal int[]? Starts { get; private set; }

    /// <summary>What their single steps share.</summary>
    internal StepPlan Plan { get; private set; }

    /// <summary>The tokens at the position before this one, [rows, 1].</summary>
    internal Tensor Last(long position) => _sequences.narrow(1, position - 1, 1);

    /// <summary>The tokens before a position as the repetition penalty reads them, [rows, position].</summary>
    internal Tensor Seen(long position) => _seen.narrow(1, 0, position);

    /// <summary>Writes the tokens at a position.</summary>
    internal void Write(long position, long[] tokens)
    {
        using var scope = NewDisposeScope();
        var column = tensor(tokens, [tokens.Length, 1], dtype: ScalarType.Int64, device: _sequences.device);
        _sequences.narrow(1, position, 1).copy_(column);
        if (_hasOwnHistory)
        {
            _seen.narrow(1, position, 1).copy_(column);
        }
    }

    /// <summary>Leaves out the rows that have ended, where these are many.</summary>
    /// <param name="ended">For each row of the whole.</param>
    /// <param name="open">How many have not.</param>
    /// <param name="cache">Keeps the same rows.</param>
    internal void LeaveOut(bool[] ended, int open, KeyValueCache cache)
    {
        if (open < Fewest || 4 * open > 3 * Numbers.Length)
        {
            return;
        }

        int[] places = [.. Enumerable.Range(0, Numbers.Length).Where(place => !ended[Numbers[place]])];
        using var rows = tensor([.. places.Select(place => (long)place)], [places.Length], device: _sequences.device);
        cache.Keep(rows);
        Plan = Plan.Of(rows);
        _sequences = _sequences.index_select(0, rows);
        _seen = _hasOwnHistory ? _seen.index_select(0, rows) : _sequences;
        (Numbers, Randoms) = ([.. places.Select(place => Numbers[place])], [.. places.Select(place => Randoms[place])]);
        Starts = Starts is { } starts ? [.. places.Select(place => starts[place])] : null;
    }
}

/// <summary>Prompts of which each goes through the model once, however many rows continue it. Its tensors belong to the dispose scope in
/// which it is made.</summary>
internal sealed class DistinctPrompts
{
    /// <param name="ids">[rows, length].</param>
    /// <param name="mask">[rows, length].</param>
    internal DistinctPrompts(Tensor ids, Tensor mask)
    {
        (Ids, Mask) = (ids, mask);
        var texts = ids.masked_fill(mask.eq(0), -1).cpu().contiguous().data<long>().ToArray().Chunk((int)ids.shape[1]).ToArray();
        var first = new Dictionary<string, long>(StringComparer.Ordinal);
        var (rows, places) = (new List<long>(), new long[texts.Length]);
        for (var row = 0; row < texts.Length; row++)
        {
            var text = InvariantText.Join(" ", texts[row]);
            if (!first.TryGetValue(text, out places[row]))
            {
                places[row] = first[text] = rows.Count;
                rows.Add(row);
            }
        }

        if (rows.Count == texts.Length || rows.Count < RunningRows.Fewest)
        {
            return;
        }

        var index = tensor(rows.ToArray(), [rows.Count], device: ids.device);
        (Ids, Mask) = (ids.index_select(0, index), mask.index_select(0, index));
        Places = tensor(places, [places.Length], device: ids.device);
    }

    /// <summary>[prompts, length].</summary>
    internal Tensor Ids { get; }

    /// <summary>[prompts, length].</summary>
    internal Tensor Mask { get; }

    /// <summary>The prompt of each row, int64 [rows]; null where every row has its own.</summary>
    internal Tensor? Places { get; }
}
