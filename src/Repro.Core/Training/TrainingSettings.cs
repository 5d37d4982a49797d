using Repro.Core.Configuration;
using Repro.Core.Models;
using Repro.Core.Training.Optimization;
using static TorchSharp.torch;

namespace Repro.Core.Training;

/// <summary>When a run logs, evaluates and keeps checkpoints. Numbers are steps; 0 means never (or only at the end).</summary>
public sealed record RunSettings
{
    /// <summary>Steps between checkpoints.</summary>
    [AtLeast(0)]
    public long CheckpointEvery { get; init; } = 100;

    /// <summary>Checkpoints that are kept.</summary>
    [AtLeast(1)]
    public int KeepCheckpoints { get; init; } = 2;

    /// <summary>Steps between evaluations on held-out data; one is made at the end in any case.</summary>
    [AtLeast(0)]
    public long EvaluateEvery { get; init; }

    /// <summary>Whether what the run starts from is evaluated too, as step 0, to compare with.</summary>
    public bool EvaluateOnStart { get; init; }

    /// <summary>Steps after which the run ends early; null for all.</summary>
    [AtLeast(1, Instead = "leave the key out for no limit")]
    public long? MaximumSteps { get; init; }

    /// <summary>Limits by the name of a metric, such as <c>{kl/mean: 50}</c>: a run ends as failed when one is exceeded for stop_after
    /// steps in a row. A loss, gradient norm or KL that is not finite counts as exceeded without a limit.</summary>
    [Above(0, Instead = "leave the metric out for no limit")]
    public IReadOnlyDictionary<string, double> StopAbove { get; init; } = new Dictionary<string, double>(StringComparer.Ordinal);

    /// <summary>Steps in a row after which a run that diverges ends.</summary>
    [AtLeast(1)]
    public int StopAfter { get; init; } = 5;
}

/// <summary>Rows of one optimiser step, and how many of them go through the model at once.</summary>
public sealed record BatchSettings
{
    /// <summary>Rows (or pairs, or groups) of one optimiser step.</summary>
    [AtLeast(1)]
    public required int BatchSize { get; init; }

    /// <summary>Most rows in one forward pass; gradients of the parts add up to that of the whole batch. Null leaves it to the trainer: all
    /// at once, or parts of like lengths.</summary>
    [AtLeast(1, Instead = "leave the key out for no limit")]
    public int? MicroBatchSize { get; init; }
}

/// <summary>How a trainer goes over given rows.</summary>
public abstract record DatasetTrainingSettings
{
    /// <summary>Rows of one step; of preference data, pairs.</summary>
    [ConfigInline]
    public required BatchSettings Batch { get; init; }

    /// <summary>Times that the data are gone through.</summary>
    [AtLeast(1, Instead = "run.maximum_steps ends a run early")]
    public int Epochs { get; init; } = 1;

    /// <summary>Whether each epoch has an order of its own; otherwise rows come as they stand.</summary>
    public bool Shuffle { get; init; } = true;

    /// <summary>
    /// Whether a batch on the CPU goes through the model in parts of like lengths, fewer rows at a time than allowed, where that saves
    /// padding. The sum is that of the whole batch.
    /// </summary>
    public bool GroupLengths { get; init; } = true;

    /// <summary>How much memory tables over the vocabulary may take.</summary>
    public HeadMemory HeadMemory { get; init; } = new();
}

/// <summary>What the loss of an optimiser step is divided by when it goes through the model in parts.</summary>
public enum LossNormalization
{
    /// <summary>The count over the whole batch: parts add up to the full batch exactly, however it is cut.</summary>
    WholeBatch,

    /// <summary>The count of each part, then the number of parts: a mean of means, as older trainers do. Depends on how the batch is
    /// cut.</summary>
    MicroBatches,
}

/// <summary>Which model, in what form.</summary>
public sealed record ModelSettings
{
    /// <summary>Folder in the Hugging Face layout: config.json, safetensors, tokenizer files.</summary>
    [ConfigPath]
    public required string Path { get; init; }

    /// <summary>Folder of the tokenizer; null for that of the model.</summary>
    [ConfigPath]
    public string? Tokenizer { get; init; }

    /// <summary>Whether weights are drawn afresh for the config.json of the folder instead of read. On a GPU they are drawn there, and are
    /// others than on the CPU.</summary>
    public bool Fresh { get; init; }

    /// <summary>Element type to compute in.</summary>
    public ScalarType Dtype { get; init; } = ScalarType.Float32;

    /// <summary>Device, such as <c>cpu</c> or <c>cuda:0</c>.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>PEFT folder of an adapter that training goes on from.</summary>
    [ConfigPath]
    public string? Adapter { get; init; }

    /// <summary>The form of a fresh adapter; null (and no <see cref="Adapter"/>) trains every weight.</summary>
    public LoraSettings? Lora { get; init; }

    /// <summary>Modules that are trained whole beside an adapter, by the last part of their names, such as <c>embed_tokens</c> and
    /// <c>lm_head</c>.</summary>
    public IReadOnlyList<string> TrainedWhole { get; init; } = [];

    /// <summary>Whether blocks are run again in the backward pass instead of keeping their activations.</summary>
    public bool GradientCheckpointing { get; init; }
}

/// <summary>The learning-rate schedule.</summary>
public sealed record ScheduleSettings
{
    /// <summary>The form after the warm-up. A polynomial is a straight line here, the cosine with restarts has one cycle, as where TRL says
    /// no more.</summary>
    public ScheduleShape Kind { get; init; } = ScheduleShape.Constant;

    /// <summary>Share of all steps over which the rate grows linearly from 0.</summary>
    [Within(0, 1)]
    public double WarmupRatio { get; init; }

    /// <summary>Whether the rate of a step depends on how long the whole run is, so that more epochs would change steps that are
    /// done.</summary>
    internal bool DependsOnLength() => WarmupRatio > 0 || Kind is not (ScheduleShape.Constant or ScheduleShape.InverseSquareRoot);

    /// <summary>The factor of the largest learning rate at each step of a run, counted from 0: what <see cref="TrainingOptimizer"/>
    /// takes.</summary>
    /// <param name="totalSteps">Updates of the whole run, at least 1.</param>
    /// <exception cref="ReproException">The warm-up is not a share.</exception>
    public Func<long, double> Factor(long totalSteps)
    {
        if (!(WarmupRatio >= 0 && WarmupRatio <= 1))
        {
            throw new ReproException(Invariant($"schedule.warmup_ratio must be from 0 to 1, was {WarmupRatio}."));
        }

        var schedule = new LearningRateSchedule(Kind, LearningRateSchedule.WarmupOf(WarmupRatio, totalSteps), totalSteps);
        return step => schedule.Rate(1, step);
    }
}
