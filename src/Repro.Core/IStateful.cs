using System.Text.Json.Nodes;

namespace Repro.Core;

/// <summary>A part of a trainer that remembers something between steps.</summary>
public interface IStateful
{
    /// <summary>What has to go into checkpoints.</summary>
    JsonObject StateValues();

    /// <summary>Takes over what <see cref="StateValues"/> gave.</summary>
    /// <param name="values">The values of a checkpoint.</param>
    /// <exception cref="ReproException">A value is missing.</exception>
    void RestoreValues(JsonObject? values);
}
