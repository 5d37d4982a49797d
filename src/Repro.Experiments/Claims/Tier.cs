namespace Repro.Experiments.Claims;

/// <summary>How expensive a claim is to verify.</summary>
public enum Tier
{
    /// <summary>Identities, arithmetic, released artifacts: seconds.</summary>
    Static,

    /// <summary>Mechanisms at small scale on the CPU: minutes.</summary>
    Fixture,

    /// <summary>The same with more seeds and sizes; committed results.</summary>
    Study,

    /// <summary>Real models and data on GPUs.</summary>
    Full,
}
