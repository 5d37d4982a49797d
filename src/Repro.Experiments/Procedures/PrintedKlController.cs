namespace Repro.Experiments.Procedures;

/// <summary>The adaptive controller of the KL coefficient (Ziegler et al. 2019): after each batch the coefficient is multiplied by 1 + clip(KL / target - 1) * batch / horizon.</summary>
/// <param name="Clip">Largest absolute relative error that counts.</param>
/// <param name="Batch">Samples for each step.</param>
/// <param name="Horizon">Horizon in samples.</param>
public sealed record PrintedKlController(double Clip, double Batch, double Horizon)
{
    /// <summary>The smallest and the largest factor that the coefficient can have after some steps; 1 and 1 after none.</summary>
    /// <param name="steps">Number of steps, at least 0.</param>
    public (double Smallest, double Largest) FactorAfter(int steps)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(steps);
        return (Math.Pow(1 - (Clip * Batch / Horizon), steps), Math.Pow(1 + (Clip * Batch / Horizon), steps));
    }
}
