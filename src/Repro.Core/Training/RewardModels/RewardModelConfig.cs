using System.ComponentModel.DataAnnotations;
using Repro.Core.Data.Formats;
using Repro.Core.Text.Chat;
using Repro.Core.Training.Stages;

namespace Repro.Core.Training.RewardModels;

/// <summary>What the files of all kinds of reward models say.</summary>
public abstract record RewardModelConfig : StageConfig
{
    /// <summary>The data sets, all of their rows together.</summary>
    public required IReadOnlyList<DatasetSettings> Data { get; init; }

    /// <summary>How conversations are written.</summary>
    public ChatForm Template { get; init; }

    /// <summary>How prompt and reply are cut to length.</summary>
    public PairTruncation Length { get; init; } = new();

    /// <summary>Examples of one step and of one forward pass.</summary>
    public required BatchSettings Batch { get; init; }

    /// <summary>How often the data are gone through.</summary>
    [Range(1e-9, 1e6)]
    public double Epochs { get; init; } = 1;

    /// <summary>Batches are padded to a multiple of this.</summary>
    [Range(1, 4096)]
    public int PadToMultipleOf { get; init; } = 16;

    internal RewardTrainingSettings Training => new()
    {
        Optimizer = Optimizer, Schedule = Schedule, Batch = Batch, Epochs = Epochs, Seed = Seed, PadToMultipleOf = PadToMultipleOf,
    };
}
