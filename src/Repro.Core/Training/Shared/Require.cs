namespace Repro.Core.Training.Shared;

/// <summary>Checks of settings that all trainers share.</summary>
internal static class Require
{
    /// <exception cref="ReproException">A number is below 1, or there are no rows.</exception>
    internal static void Sizes<T>(BatchSettings batch, int epochs, IReadOnlyCollection<T> rows, string what)
    {
        AtLeastOne("batch.rows", batch.Rows);
        AtLeastOne("batch.micro_rows", batch.MicroRows ?? 1);
        AtLeastOne("epochs", epochs);
        if (rows.Count == 0)
        {
            throw new ReproException($"There are no {what}; at least one was expected.");
        }
    }

    private static void AtLeastOne(string key, int value)
    {
        if (value < 1)
        {
            throw new ReproException(Invariant($"{key} must be at least 1, was {value}."));
        }
    }
}
