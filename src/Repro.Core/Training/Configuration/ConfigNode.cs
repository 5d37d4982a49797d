namespace Repro.Core.Training.Configuration;

/// <summary>A part of a configuration file, after variables were put in.</summary>
/// <param name="Origin">Where it was said.</param>
internal abstract record ConfigNode(ConfigOrigin Origin)
{
    /// <summary>What it is, for messages.</summary>
    internal abstract string Shown { get; }
}
