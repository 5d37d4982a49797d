using Repro.Core.Configuration;
using Repro.Core.Data;
using Repro.Core.Losses;
using Repro.Core.Tokenization;
using Repro.Core.Training.Stages;

namespace Repro.Core.Training.RewardModels;

/// <summary>A preference reward model from a file of settings.</summary>
public sealed class PreferenceRewardStage : RewardModelStage<PreferenceRewardConfig, RankedExample>
{
    /// <inheritdoc/>
    public override string Name => "rm-preference";

    private protected override (IReadOnlyList<RankedExample> Train, IReadOnlyList<RankedExample> HeldOut) Read(
        PreferenceRewardConfig config, TextTokenizer tokenizer, ReadNotes notes, CancellationToken cancellation)
    {
        var rows = new RewardRows(tokenizer, config, notes);
        var (train, heldOut) = StageData.Load<PreferenceGroup>(config.Data, notes, cancellation);
        return ([.. train.Rows(rows.Ranked)], [.. heldOut.Rows(rows.Ranked)]);
    }

    private protected override IRewardObjective<RankedExample> Objective(PreferenceRewardConfig config) =>
        new PreferenceObjective(config.Loss);
}

/// <summary>What the file of a preference reward model says.</summary>
public sealed record PreferenceRewardConfig : RewardModelConfig
{
    /// <summary>The form of the loss.</summary>
    public PreferenceLossSettings Loss { get; init; } = new();
}

/// <summary>An absolute reward model from a file of settings.</summary>
public sealed class AbsoluteRewardStage : RewardModelStage<AbsoluteRewardConfig, RatedExample>
{
    /// <inheritdoc/>
    public override string Name => "rm-absolute";

    private protected override (IReadOnlyList<RatedExample> Train, IReadOnlyList<RatedExample> HeldOut) Read(
        AbsoluteRewardConfig config, TextTokenizer tokenizer, ReadNotes notes, CancellationToken cancellation)
    {
        var rows = new RewardRows(tokenizer, config, notes);
        var (train, heldOut) = StageData.Load<RatedReply>(config.Data, notes, cancellation);
        if (config.Augmentation is { } set)
        {
            var added = Dataset.Load<RatedReply>(set, notes, cancellation).Train;
            train = config.Balance?.Apply(train, added) ?? [.. train, .. added];
        }
        else
        {
            train = config.Balance?.Apply(train) ?? train;
        }

        return ([.. train.Rows(rows.Rated)], [.. heldOut.Rows(rows.Rated)]);
    }

    private protected override IRewardObjective<RatedExample> Objective(AbsoluteRewardConfig config)
    {
        var balance = config.Balance ?? new ScoreBalance();
        return new AbsoluteObjective(config.Loss, new ScoreRanges { Low = balance.Low, High = balance.High });
    }
}

/// <summary>What the file of an absolute reward model says.</summary>
public sealed record AbsoluteRewardConfig : RewardModelConfig
{
    /// <summary>The form of the loss.</summary>
    public required AbsoluteLossSettings Loss { get; init; }

    /// <summary>Paraphrases of low replies that are added to the training rows; null for none.</summary>
    public DatasetSettings? Augmentation { get; init; }

    /// <summary>How often low, middle and high scores occur and what they weigh; null leaves the rows as they are.</summary>
    public ScoreBalance? Balance { get; init; }
}

/// <summary>A process reward model from a file of settings.</summary>
public sealed class ProcessRewardStage : RewardModelStage<ProcessRewardConfig, SteppedExample>
{
    /// <inheritdoc/>
    public override string Name => "prm";

    private protected override (IReadOnlyList<SteppedExample> Train, IReadOnlyList<SteppedExample> HeldOut) Read(
        ProcessRewardConfig config, TextTokenizer tokenizer, ReadNotes notes, CancellationToken cancellation)
    {
        var rows = new RewardRows(tokenizer, config, notes);
        var (train, heldOut) = StageData.Load<StepwiseSolution>(config.Data, notes, cancellation);

        return ([.. Rated(train, rows, config, notes)], [.. Rated(heldOut, rows, config, notes)]);
    }

    // Prompts that fill the whole length, and solutions that nobody rated, have no step to train on.
    private static IEnumerable<SteppedExample> Rated(
        IReadOnlyList<StepwiseSolution> solutions, RewardRows rows, ProcessRewardConfig config, ReadNotes notes)
    {
        foreach (var (solution, example) in solutions.Rows(solution => (solution, rows.Stepped(solution, config.NeutralLabel))))
        {
            if (example.Ends.Length == 0)
            {
                notes.Add(Invariant($"the solution has no rated step within max_length {config.Length.MaxLength}"),
                    solution.Origin.Place);
                continue;
            }

            var rated = solution.Steps.Count(step => step.Rating is not null);
            if (rated > example.Ends.Length)
            {
                notes.Change(Invariant($"rated steps beyond max_length {config.Length.MaxLength} are cut"), solution.Origin.Place);
            }

            yield return example;
        }
    }

    private protected override IRewardObjective<SteppedExample> Objective(ProcessRewardConfig config) =>
        new ProcessObjective(config.Reduction);
}

/// <summary>What the file of a process reward model says.</summary>
public sealed record ProcessRewardConfig : RewardModelConfig
{
    /// <summary>Whether steps or solutions weigh the same.</summary>
    public LossReduction Reduction { get; init; } = LossReduction.TokenLevel;

    /// <summary>The probability of being right that a step with the rating 0 (neither right nor wrong) stands for.</summary>
    [Within(0, 1)]
    public double NeutralLabel { get; init; } = 1;
}

/// <summary>An outcome reward model from a file of settings. Solutions count as right or wrong, rated replies by their score.</summary>
public sealed class OutcomeRewardStage : RewardModelStage<OutcomeRewardConfig, RatedExample>
{
    /// <inheritdoc/>
    public override string Name => "orm";

    private protected override (IReadOnlyList<RatedExample> Train, IReadOnlyList<RatedExample> HeldOut) Read(
        OutcomeRewardConfig config, TextTokenizer tokenizer, ReadNotes notes, CancellationToken cancellation)
    {
        var rows = new RewardRows(tokenizer, config, notes);
        var solutions = config.Data.Where(set => DataFormats.Detect(set, cancellation).Format.Offers<StepwiseSolution>()).ToList();
        var ratings = config.Data.Except(solutions).ToList();
        var (train, heldOut) = (new List<RatedExample>(), new List<RatedExample>());
        if (solutions.Count > 0)
        {
            var found = StageData.Load<StepwiseSolution>(solutions, notes, cancellation);
            train.AddRange(Judged(found.Train, notes).Rows(rows.Outcome));
            heldOut.AddRange(Judged(found.HeldOut, notes).Rows(rows.Outcome));
        }

        if (ratings.Count > 0 || solutions.Count == 0)
        {
            var found = StageData.Load<RatedReply>(ratings, notes, cancellation);
            train.AddRange(found.Train.Rows(rows.Rated));
            heldOut.AddRange(found.HeldOut.Rows(rows.Rated));
        }

        return (train, heldOut);
    }

    private static IEnumerable<StepwiseSolution> Judged(IReadOnlyList<StepwiseSolution> solutions, ReadNotes notes)
    {
        foreach (var solution in solutions)
        {
            if (solution.IsRight is null)
            {
                notes.Add("the data do not tell whether the whole solution is right", solution.Origin.Place);
                continue;
            }

            yield return solution;
        }
    }

    private protected override IRewardObjective<RatedExample> Objective(OutcomeRewardConfig config) =>
        new OutcomeObjective(config.Supervision, config.Reduction);
}

/// <summary>What the file of an outcome reward model says.</summary>
public sealed record OutcomeRewardConfig : RewardModelConfig
{
    /// <summary>Where the model learns.</summary>
    public OutcomeSupervision Supervision { get; init; } = OutcomeSupervision.LastToken;

    /// <summary>Whether positions or replies weigh the same.</summary>
    public LossReduction Reduction { get; init; } = LossReduction.TokenLevel;
}
