using Repro.Experiments.Claims;

namespace Repro.Experiments.Reporting.Figures;

/// <summary>All figures of this assembly.</summary>
public static class FigureCatalog
{
    /// <summary>Draws every figure whose results are there, in page order.</summary>
    /// <param name="results">Results with evidence.</param>
    public static IReadOnlyList<Figure> Draw(IEnumerable<ClaimResult> results)
    {
        var byId = results.ToDictionary(r => r.Claim.Id, StringComparer.Ordinal);
        return
        [
            .. typeof(FigureCatalog).Assembly.GetTypes()
                .Where(t => t is { IsClass: true, IsAbstract: false } && t.IsAssignableTo(typeof(IFigureSource)))
                .Select(t => (IFigureSource)Activator.CreateInstance(t)!)
                .OrderBy(s => s.Order)
                .ThenBy(s => s.GetType().Name, StringComparer.Ordinal)
                .Select(s => s.Draw(byId))
                .OfType<Figure>(),
        ];
    }
}
