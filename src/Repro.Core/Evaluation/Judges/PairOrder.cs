using Repro.Core.Randomness;

namespace Repro.Core.Evaluation.Judges;

/// <summary>Which of two answers a judge sees first.</summary>
public enum PairOrder
{
    /// <summary>AlpacaEval's: drawn from the instruction alone, so that it is the same whichever models are compared.</summary>
    Alpaca,

    /// <summary>Both, one request each.</summary>
    Both,

    /// <summary>The first answer first.</summary>
    Given,
}

/// <summary>The order of AlpacaEval.</summary>
public static class AlpacaOrder
{
    /// <summary>Whether the two outputs change places: <c>random.Random("is_switched_outputs" + instruction + seed)</c> chooses
    /// (AlpacaEval <c>pairwise_evaluator.py</c>).</summary>
    /// <param name="instruction">The instruction as it stands in the data.</param>
    /// <param name="seed">Seed of the annotator, 0 in all published runs.</param>
    /// <exception cref="ArgumentException">The instruction has no UTF-8 form.</exception>
    public static bool IsSwitched(string instruction, int seed = 0) =>
        new PythonRandom(Invariant($"is_switched_outputs{instruction}{seed}")).Choice(2) == 1;
}
