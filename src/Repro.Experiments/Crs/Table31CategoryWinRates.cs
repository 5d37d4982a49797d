using Repro.Experiments.Claims;
using static Repro.Experiments.Crs.Comparisons;

namespace Repro.Experiments.Crs;

/// <summary>CRS Table 31: wins of crs_rlhf_0625 over preference_rlhf by category and dataset.</summary>
public sealed class Table31CategoryWinRates : ISpecGroup
{
    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => new CategoryWinRates(31, Crs0625AgainstPreference, Model.Crs0625, 21).Specs();
}
