using Repro.Core.Data.Selection;

namespace Repro.Core.Data.Formats;

/// <summary>A data set of a configuration: format, place, what is taken from it, and what is held out.</summary>
public sealed record DatasetSettings : ReadSettings
{
    /// <summary>Name of the format, see <see cref="DataFormats"/>.</summary>
    public required string Format { get; init; }

    /// <summary>A file, or a folder that holds data files.</summary>
    [ConfigPath]
    public required string Path { get; init; }

    /// <summary>What is held out for evaluation.</summary>
    public SplitSettings Split { get; init; } = new();
}
