using Repro.Experiments.Claims;
using static Repro.Experiments.Crs.Comparisons;

namespace Repro.Experiments.Crs;

/// <summary>CRS Table 15: preference_rlhf against abs_rlhf by dataset.</summary>
public sealed class Table15SubsetWinRates : ISpecGroup
{
    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
        new SubsetWinRates(15, AbsAgainstPreference, Model.Abs, AbsAgainstPreferenceRun1)
            .Specs((c, mean) => (c.Table("crs/table-16")["abs_rlhf", "preference_rlhf"], mean));
}
