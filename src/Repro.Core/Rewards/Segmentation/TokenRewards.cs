namespace Repro.Core.Rewards.Segmentation;

/// <summary>Checks of token rewards and of the numbers that go with them.</summary>
internal static class TokenRewards
{
    public static void Check(ReadOnlySpan<double> rewards)
    {
        if (rewards.IsEmpty)
        {
            throw new ReproException("rewards hold no token; at least one was expected.");
        }

        for (var i = 0; i < rewards.Length; i++)
        {
            if (!double.IsFinite(rewards[i]))
            {
                throw new ReproException(Invariant($"rewards[{i}] is {rewards[i]}; finite token rewards were expected."));
            }
        }
    }

    public static double[] Widen(ReadOnlySpan<float> rewards)
    {
        var wide = new double[rewards.Length];
        for (var i = 0; i < wide.Length; i++)
        {
            wide[i] = rewards[i];
        }

        return wide;
    }

    public static void NotNegative(double value, string name)
    {
        if (!(value >= 0 && double.IsFinite(value)))
        {
            throw new ArgumentOutOfRangeException(name, Invariant($"{name} must be finite and not negative, was {value}."));
        }
    }

    public static void Finite(double value, string name)
    {
        if (!double.IsFinite(value))
        {
            throw new ArgumentOutOfRangeException(name, Invariant($"{name} must be finite, was {value}."));
        }
    }
}
