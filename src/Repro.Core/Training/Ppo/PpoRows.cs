using Repro.Core.Training.Rollouts;
using static TorchSharp.torch;

namespace Repro.Core.Training.Ppo;

/// <summary>Picks rows of a batch with all that belongs to them.</summary>
internal sealed class PpoRows(RolloutBatch batch, PpoTargets targets, Tensor? adaptiveMask)
{
    internal long TokensOf(IReadOnlyList<int> rows) => rows.Sum(row => (long)batch.Rollouts[row].Response.Count);

    internal RolloutTokens Layout(IReadOnlyList<int> rows, long pad, Device device) => RolloutTokens.Of([.. rows.Select(row => batch.Rollouts[row])], pad, device);

    internal Tensor? Kept(IReadOnlyList<int> rows) => batch.Kept is null ? null : batch.Tokens.Pick(batch.Kept, rows);

    /// <summary>What was read now, beside what was read at sampling time.</summary>
    internal PpoRead Read(IReadOnlyList<int> rows, Tensor logProbs, Tensor values)
    {
        Tensor Row(Tensor flat) => flat.unsqueeze(0);
        Tensor Old(Tensor spread) => Row(batch.Tokens.Flat(spread, rows));
        return new PpoRead(
            Row(logProbs),
            Row(values),
            Old(batch.LogProbs),
            Old(batch.Values!),
            Old(targets.Advantages),
            Old(targets.Returns),
            adaptiveMask is null ? null : Old(adaptiveMask));
    }
}
