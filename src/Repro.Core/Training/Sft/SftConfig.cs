using Repro.Core.Data.Formats;
using Repro.Core.Training.Stages;

namespace Repro.Core.Training.Sft;

/// <summary>What the file of supervised fine-tuning says.</summary>
public sealed record SftConfig : StageConfig
{
    /// <summary>The data sets, all of their rows together.</summary>
    public required IReadOnlyList<DatasetSettings> Data { get; init; }

    /// <summary>How conversations are written.</summary>
    public ChatForm Template { get; init; }

    /// <summary>Which tokens carry loss.</summary>
    public LearntTokens Learnt { get; init; }

    /// <summary>How training goes over the rows.</summary>
    public required SftSettings Training { get; init; }
}
