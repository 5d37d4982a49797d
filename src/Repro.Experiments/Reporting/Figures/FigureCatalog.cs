using Repro.Experiments.Claims;

namespace Repro.Experiments.Reporting.Figures;

/// <summary>All figures of this assembly.</summary>
public static class FigureCatalog
{
    /// <summary>Draws every figure whose results are there, in page order.</summary>
    /// <param name="results">Results with evidence.</param>
    /// <param name="inputs">What the specs read.</param>
    public static IReadOnlyList<Figure> Draw(IEnumerable<ClaimResult> results, ExperimentInputs inputs)
    {
        var context = new FigureContext(results.ToDictionary(r => r.Claim.Id, StringComparer.Ordinal), inputs);
        return
        [
            .. typeof(FigureCatalog).Assembly.GetTypes()
                .Where(t => t is { IsClass: true, IsAbstract: false } && t.IsAssignableTo(typeof(IFigureSource)))
                .Select(t => (IFigureSource)Activator.CreateInstance(t)!)
                .OrderBy(s => s.Order)
                .ThenBy(s => s.GetType().Name, StringComparer.Ordinal)
                .Select(s => s.Draw(context))
                .OfType<Figure>(),
        ];
    }
}
