using System.Collections.Concurrent;
using Repro.Core.Randomness;

namespace Repro.Core.Evaluation.Judges;

/// <summary>How pairs are judged.</summary>
public sealed record JudgeRunSettings
{
    /// <summary>Which answer is shown first.</summary>
    public PairOrder Order { get; init; } = PairOrder.Both;

    /// <summary>Pairs that are judged at once.</summary>
    public int Concurrency { get; init; } = 8;
}

/// <summary>Judges many pairs.</summary>
public static class JudgeRun
{
    /// <summary>The judgements that a run asks for; a pair of equal outputs needs none.</summary>
    /// <param name="pairs">The pairs.</param>
    /// <param name="order">Which answer is shown first.</param>
    public static IEnumerable<(AnswerPair Pair, bool Switched)> Questions(IEnumerable<AnswerPair> pairs, PairOrder order)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        foreach (var pair in pairs.Where(pair => pair.Output1 != pair.Output2))
        {
            var switched = order == PairOrder.Alpaca && AlpacaOrder.IsSwitched(pair.Instruction);
            yield return (pair, switched);
            if (order == PairOrder.Both)
            {
                yield return (pair, !switched);
            }
        }
    }

    /// <summary>Asks a judge about every pair.</summary>
    /// <param name="pairs">The pairs.</param>
    /// <param name="judge">The judge.</param>
    /// <param name="settings">How.</param>
    /// <param name="done">Called after each judgement with their number so far, from several threads; null for nothing.</param>
    /// <param name="cancellation">Stops the run; what was sent is awaited and recorded first.</param>
    /// <returns>One judgement a question, in the order of the pairs; those of equal outputs at their places.</returns>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    /// <exception cref="ReproException">The judge cannot work at all.</exception>
    public static async Task<IReadOnlyList<Judgement>> AskAsync(
        IReadOnlyList<AnswerPair> pairs,
        IPairJudge judge,
        JudgeRunSettings settings,
        Action<int>? done = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(judge);
        ArgumentNullException.ThrowIfNull(settings);
        var questions = Questions(pairs, settings.Order).Select((question, place) => (Question: question, Place: place)).ToList();
        var judgements = new ConcurrentDictionary<int, Judgement>();
        var count = 0;
        var options = new ParallelOptions { MaxDegreeOfParallelism = settings.Concurrency, CancellationToken = cancellation };
        await Parallel.ForEachAsync(questions, options, async (item, token) =>
        {
            judgements[item.Place] = await judge.JudgeAsync(item.Question.Pair, item.Question.Switched, token).ConfigureAwait(false);
            done?.Invoke(Interlocked.Increment(ref count));
        }).ConfigureAwait(false);

        var ties = pairs.Where(pair => pair.Output1 == pair.Output2)
            .Select(pair => new Judgement(pair, false, 1.5, JudgeOutcome.EqualOutputs));
        return [.. judgements.OrderBy(item => item.Key).Select(item => item.Value).Concat(ties).OrderBy(judgement => judgement.Pair.Index)];
    }
}

/// <summary>The order of AlpacaEval.</summary>
public static class AlpacaOrder
{
    /// <summary>Whether the two outputs change places: <c>random.Random("is_switched_outputs" + instruction + seed)</c> chooses
    /// (AlpacaEval <c>pairwise_evaluator.py</c>).</summary>
    /// <param name="instruction">The instruction as it stands in the data.</param>
    /// <param name="seed">Seed of the annotator, 0 in all published runs.</param>
    /// <exception cref="ArgumentException">The instruction has no UTF-8 form.</exception>
    public static bool IsSwitched(string instruction, int seed = 0) =>
        new PythonRandom(Invariant($"is_switched_outputs{instruction}{seed}")).Choice(2) == 1;
}

/// <summary>A judge that prefers the answer with the higher score, such as that of a reward model.</summary>
/// <param name="name">Name of the judge.</param>
/// <param name="score">Score of an answer (second argument) to an instruction (first).</param>
/// <param name="fingerprint">What tells it from others of its name, such as the hash of its weights; null for nothing.</param>
public sealed class ScoreJudge(string name, Func<string, string, double> score, string? fingerprint = null) : IPairJudge
{
    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public Task<Judgement> JudgeAsync(AnswerPair pair, bool switched, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(pair);
        cancellation.ThrowIfCancellationRequested();
        var difference = score(pair.Instruction, pair.Output2) - score(pair.Instruction, pair.Output1);
        var preference = double.IsNaN(difference) ? (double?)null : difference == 0 ? 1.5 : difference > 0 ? 2 : 1;
        return Task.FromResult(new Judgement(pair, switched, preference, preference is null ? JudgeOutcome.Unparsed : JudgeOutcome.Read)
        {
            Model = name,
            Fingerprint = fingerprint,
        });
    }
}
