using Repro.Experiments.Claims;
using static Repro.Experiments.Crs.Comparisons;

namespace Repro.Experiments.Crs;

/// <summary>CRS Table 30: wins of crs_rlhf_025 over preference_rlhf by category and dataset.</summary>
public sealed class Table30CategoryWinRates : ISpecGroup
{
    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => new CategoryWinRates(30, Crs025AgainstPreference, Model.Crs025, 20).Specs();
}
