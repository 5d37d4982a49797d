namespace Repro.Experiments.Reporting.Figures;

/// <summary>Draws one figure from the evidence. Implementations are found by reflection; they need a parameterless constructor.</summary>
public interface IFigureSource
{
    /// <summary>Position on the page; smaller comes first.</summary>
    int Order { get; }

    /// <summary>The figure, or null when the results it needs are not there.</summary>
    /// <param name="context">What may be drawn.</param>
    Figure? Draw(FigureContext context);
}
