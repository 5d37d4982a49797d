using Repro.Core;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Adr;

/// <summary>ADR appendix A.2: the shapes of the printed example score arrays.</summary>
public sealed class AppendixA2Scores : ISpecGroup
{
    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => [new("ADR-APPA-SHAPE", Check)];

    private static Evidence Check(SpecContext context)
    {
        var table = context.Table("adr/appendix-a2-scores");
        var dimensions = (int)context.Printed("dimensions").AsInput();
        var evidence = context.Evidence();
        var parts = new List<string>();
        foreach (var row in table.Rows)
        {
            var lengths = table.Columns.Select(c => table.TryGet(row, c)).OfType<Printed>().Select(p => (int)p.AsInput()).ToList();
            var byDimension = lengths.Count == dimensions && lengths.Distinct().Count() == 1;
            var bySentence = lengths.Count > 0 && lengths.All(l => l == dimensions);
            evidence.Value($"{row} lists", lengths.Count)
                .Value($"{row} lengths", InvariantText.Join(", ", lengths))
                .Require(Invariant($"{row}: one list per dimension of equal length, or one list of {dimensions} per sentence"), byDimension || bySentence);
            parts.Add($"{row} {lengths.Count} lists of {InvariantText.Join(", ", lengths)}");
        }

        return evidence.Sample("arrays", table.Rows.Count).Explain(Invariant($"With {dimensions} dimensions the arrays would have {dimensions} lists of equal length, or lists of length {dimensions}; printed are {string.Join("; ", parts)}."));
    }
}
