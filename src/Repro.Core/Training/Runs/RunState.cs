using System.Text.Json.Nodes;

namespace Repro.Core.Training.Runs;

/// <summary>How far a run is.</summary>
internal sealed class RunState
{
    private const long NotEvaluated = -1;

    internal RunState(Checkpoint? checkpoint)
    {
        Step = Saved = checkpoint?.Step ?? 0;
        Tokens = checkpoint?.Tokens ?? 0;
        Evaluated = checkpoint?.Values["evaluated"] is JsonValue value && value.TryGetValue(out long evaluated) ? evaluated : NotEvaluated;
    }

    /// <summary>Steps that are done.</summary>
    internal long Step { get; set; }

    /// <summary>Tokens that were worked on.</summary>
    internal long Tokens { get; set; }

    /// <summary>Steps that were done at the last evaluation; -1 before the first.</summary>
    internal long Evaluated { get; set; }

    /// <summary>Steps that were done at the last checkpoint.</summary>
    internal long Saved { get; set; }
}
