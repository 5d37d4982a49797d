using Repro.Core.Chat;
using Repro.Core.Losses;
using Repro.Experiments.Adr.Identities;
using Repro.Experiments.Claims;
using static TorchSharp.torch;

namespace Repro.Experiments.Adr.Specs;

/// <summary>ADR Appendix D: cross entropy with ignored positions.</summary>
internal sealed class AppendixDLossMask : ISpecGroup
{
    private const ulong Seed = 0xD;
    private const int Rows = 3;
    private const int Tokens = 5;
    private const int Vocabulary = 4;

    private static readonly double[] Poison = [double.NaN, double.PositiveInfinity, double.NegativeInfinity, 1e300];

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => [new("ADR-APPD", Check)];

    /// <summary>Checks one batch; logits are [rows, tokens, vocabulary], targets and mask [rows, tokens].</summary>
    internal static void Case(Deviations found, double[] logits, long[] targets, double[] mask, int rows, int vocabulary)
    {
        using var scope = NewDisposeScope();
        var columns = targets.Length / rows;
        var completionMask = Scalars.From(mask, rows, columns);
        (double Loss, double[] Gradient) Run(double[] values, long[] labels)
        {
            var leaf = Scalars.From(values, rows, columns, vocabulary).detach().requires_grad_();
            var loss = CrossEntropyLoss.SamePosition(leaf, tensor(labels).reshape(rows, columns), completionMask);
            loss.backward();
            return (Deviations.Values(loss)[0], Deviations.Values(leaf.grad!));
        }

        var (clean, gradient) = Run(logits, targets);
        double[] At(int i) => Scalars.LogSoftmax(logits[(i * vocabulary)..((i + 1) * vocabulary)]);
        var places = Enumerable.Range(0, targets.Length).Where(i => mask[i] == 1).ToArray();
        found.Note("the sum over counted positions, as printed", clean * places.Length, -places.Sum(i => At(i)[targets[i]]));

        double[] expected = [.. Enumerable.Range(0, logits.Length).Select(j => mask[j / vocabulary] == 0 ? 0
            : (Math.Exp(At(j / vocabulary)[j % vocabulary]) - (targets[j / vocabulary] == j % vocabulary ? 1 : 0)) / places.Length)];
        found.Note("the gradient is probability less target at counted positions and 0 elsewhere", gradient, expected);

        double[] spoiled = [.. logits.Select((value, j) => mask[j / vocabulary] == 1 ? value : Poison[j % Poison.Length])];
        long[] ignored = [.. targets.Select((target, i) => mask[i] == 1 ? target : LabelMasks.Ignored)];
        var (loss, slope) = Run(spoiled, ignored);
        found.Exactly(
            "logits and targets at masked positions change nothing, NaN and infinity included",
            loss.Equals(clean) && slope.SequenceEqual(gradient));
    }

    private static Evidence Check(SpecContext context) =>
        IdentityCases.Run(
            context,
            Seed,
            (found, draws) => Case(
                found,
                draws.Reals(Rows * Tokens * Vocabulary, 4),
                draws.Tokens(Rows * Tokens, Vocabulary),
                draws.Mask(Rows, Tokens),
                Rows,
                Vocabulary),
            out var found)
            .Explain(
                Invariant($"{found.Summary(IdentityCases.Tolerance)}, {Rows} rows of {Tokens} positions each; ")
                    + Invariant(
                        $"masked positions were filled with NaN, both infinities and 1e300, their targets with {LabelMasks.Ignored}."));
}
