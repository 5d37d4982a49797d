namespace Repro.Core.Training.RewardModels;

/// <summary>A solution whose steps are judged, as tokens.</summary>
/// <param name="Ids">Prompt and solution, token ids [time].</param>
/// <param name="Ends">Position of the last token of each judged step, rising.</param>
/// <param name="Labels">Probability that each of these steps is right, from 0 to 1.</param>
public sealed record SteppedExample(int[] Ids, int[] Ends, double[] Labels);
