using Repro.Experiments.Claims;
using static Repro.Experiments.Crs.Comparisons;

namespace Repro.Experiments.Crs;

/// <summary>CRS Table 22: wins of abs_rlhf over preference_rlhf by category and dataset.</summary>
public sealed class Table22CategoryWinRates : ISpecGroup
{
    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => new CategoryWinRates(22, AbsAgainstPreference, Model.Abs, 15).Specs();
}
