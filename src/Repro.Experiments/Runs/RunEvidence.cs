using Repro.Core.Evaluation.Statistics;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Runs;

/// <summary>
/// Evidence from somebody's own runs. What limits it - settings that differ from the paper's, few seeds, another judge - qualifies what
/// agrees; and what disagrees then decides nothing, because a run that is not the paper's cannot contradict the paper.
/// </summary>
/// <param name="context">The claim.</param>
/// <param name="runs">The runs and files of the user.</param>
internal sealed class RunEvidence(SpecContext context, RunCollection runs)
{
    /// <summary>Seeds from which on an interval over seeds decides.</summary>
    internal const int EnoughSeeds = 3;

    private const int ShownDifferences = 3;
    private const int ShownLimits = 6;
    private const int FewestPrompts = 5;
    private const int Resamples = 2000;
    private const ulong Seed = 6;

    private readonly List<string> _text = [];
    private readonly Dictionary<string, string> _limits = new(StringComparer.Ordinal);
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);
    private readonly HashSet<string> _missing = new(StringComparer.Ordinal);

    /// <summary>Takes numbers and findings.</summary>
    public EvidenceBuilder Builder { get; } = context.Evidence();

    /// <summary>The claim.</summary>
    public SpecContext Context => context;

    /// <summary>The runs and files of the user.</summary>
    public RunCollection Runs => runs;

    /// <summary>Whether something is not there, so that nothing can be computed.</summary>
    public bool IsMissing => _missing.Count > 0;

    /// <summary>The runs of each role, one a seed, checked against the settings of the paper; a role without a run makes the claim not run.
    /// </summary>
    /// <param name="roles">Different roles.</param>
    public IReadOnlyList<IReadOnlyList<UserRun>> Require(params IReadOnlyList<string> roles)
    {
        foreach (var role in roles.Where(role => runs.Roles.Runs(role).Count == 0))
        {
            Missing($"run of {role}", PaperSettings.Command(role, runs.Folder));
        }

        foreach (var role in roles)
        {
            foreach (var run in runs.Roles.Runs(role))
            {
                Use(run, role);
            }
        }

        return [.. roles.Select(runs.Roles.Runs)];
    }

    /// <summary>Takes a run as evidence, with the reward models that it was trained on; what differs from the paper limits all that is
    /// found.</summary>
    /// <param name="run">The run.</param>
    /// <param name="role">Its role.</param>
    /// <param name="secondLora">Whether the claim is about LoRA on a model that LoRA made, which the paper's final runs are not.</param>
    public void Use(UserRun run, string role, bool secondLora = false)
    {
        if (!_used.Add(run.Name))
        {
            return;
        }

        if (File.Exists(run.MetricFile))
        {
            UseFile(run.MetricFile);
        }

        List<string> differences = [.. PaperSettings.Differences(context, run, role, runs)];
        if (role == "sft")
        {
            differences.Add("is not the supervised model of the thesis' final runs, which others trained whole");
        }
        else if (PaperSettings.IsOfThesis(role) && !secondLora && runs.Roles.StartOf(run, "model.path") is { } start)
        {
            differences.Add($"begins with the model of {start.Name}; the thesis' final runs begin with one that others trained whole");
        }

        if (differences.Count > 0)
        {
            Limit($"settings of {run.Name}", string.Join("; ", differences));
        }

        foreach (var key in run.Settings.Keys.Where(PaperSettings.IsRewardModel))
        {
            if (runs.Roles.StartOf(run, key) is { } reward && runs.Roles.Of(reward) is { } rewardRole)
            {
                Use(reward, rewardRole, secondLora);
            }
            else
            {
                Limit($"{key} of {run.Name}", "how this reward model was trained is not known");
            }
        }
    }

    /// <summary>Takes a file as evidence.</summary>
    public void UseFile(string path) => context.UseRunFile(runs.Name(path), runs.Hashes.Of(path, context.Cancellation));

    /// <summary>Something is not there.</summary>
    /// <param name="what">What it is.</param>
    /// <param name="command">The command that makes it.</param>
    public void Missing(string what, string command)
    {
        if (_missing.Add(what))
        {
            Builder.Absent(what, $"not in {runs.Folder}; made by: {command}");
            _text.Add($"Missing: {what}; made by: {command}.");
        }
    }

    /// <summary>Something is not there that is made from the models of roles.</summary>
    /// <param name="roles">The roles; at least one.</param>
    /// <param name="what">What it is, of roles.</param>
    /// <param name="command">The command that makes it from the folder of a run.</param>
    public void MissingOf(IReadOnlyList<string> roles, Func<string, string> what, Func<string, string> command)
    {
        List<string> trained = [.. roles.Where(role => runs.Roles.Runs(role).Count > 0)];
        var made = trained.Select(role => runs.Roles.Runs(role)[0]).ToList();
        if (made.Count > 0)
        {
            Missing(what(string.Join(", ", trained)), made is [var only] ? command(only.Folder)
                : $"for each of {string.Join(", ", made.Select(run => run.Name))} as RUN {command($"{runs.Folder}/RUN")}");
        }

        List<string> untrained = [.. roles.Where(role => runs.Roles.Runs(role).Count == 0)];
        if (untrained.Count > 0)
        {
            var train = untrained.Select(role => PaperSettings.Command(role, runs.Folder));
            var after = untrained.Count == 1 ? command($"{runs.Folder}/{untrained[0]}")
                : $"for each of these as ROLE {command($"{runs.Folder}/ROLE")}";
            Missing(what(string.Join(", ", untrained)), $"{string.Join("; ", train)}; {after}");
        }
    }

    /// <summary>Something limits what the evidence can say.</summary>
    /// <param name="name">What it concerns.</param>
    /// <param name="reason">How it differs.</param>
    public void Limit(string name, string reason)
    {
        if (_limits.TryAdd(name, reason))
        {
            Builder.Reserve(name, reason);
        }
    }

    /// <summary>Takes over what is not certain about whose a file is.</summary>
    public void Doubt(IEnumerable<Doubt> doubts)
    {
        foreach (var doubt in doubts)
        {
            Limit(doubt.Subject, doubt.Reason);
        }
    }

    /// <summary>Adds a sentence to the explanation.</summary>
    public void Say(string sentence) => _text.Add(sentence);

    /// <summary>Judges on which side of a threshold a quantity lies: by a t interval over its values of several runs, or, where there are
    /// fewer than three, by an interval within what there is, with a reservation.</summary>
    /// <param name="name">The quantity.</param>
    /// <param name="values">Its value in each run; at least one.</param>
    /// <param name="within">Value and interval within what there is, at a level.</param>
    /// <param name="method">How that interval is made.</param>
    /// <param name="question">What is claimed.</param>
    public void Decide(
        string name, IReadOnlyList<double> values, Func<double, (double Value, Interval Interval)> within, string method,
        SideQuestion question)
    {
        var level = 1 - (VerdictRule.Level / question.Tests);
        var overRuns = values.Count >= EnoughSeeds;
        if (!overRuns)
        {
            Limit("seeds", Invariant($"{values.Count} instead of at least {EnoughSeeds}: the interval is one {method}"));
        }

        var (value, interval) = overRuns ? OverRuns([.. values], level) : within(level);
        method = overRuns ? "t over runs" : method;
        Builder.Sample($"runs, {name}", values.Count).Value(name, value)
            .RequireInterval(name, interval.Lower, interval.Upper, question.Claimed, question.Threshold, method, level);
        Say(Invariant($"The {name} is {value:G4} [{interval.Lower:G4}, {interval.Upper:G4}] ({method}; {values.Count} runs)."));
    }

    /// <summary>The same for the mean over prompts: fewer than three runs are judged by a bootstrap over prompts.</summary>
    /// <param name="name">The quantity.</param>
    /// <param name="runsByPrompt">Its value at each prompt, by run.</param>
    /// <param name="question">What is claimed.</param>
    public void DecideByPrompt(string name, IReadOnlyList<IReadOnlyDictionary<string, double>> runsByPrompt, SideQuestion question)
    {
        double[] prompts = [.. runsByPrompt.SelectMany(run => run).GroupBy(prompt => prompt.Key)
            .Select(prompt => prompt.Average(entry => entry.Value))];
        Builder.Sample($"prompts, {name}", prompts.Length);
        if (runsByPrompt.Any(run => run.Count < FewestPrompts))
        {
            Builder.Undecided(name, Invariant($"{prompts.Length} prompts; at least {FewestPrompts} in each run were expected"));
            Say(Invariant($"For the {name} there are {prompts.Length} prompts, which is too few."));
            return;
        }

        Builder.Seed(Seed);
        Decide(name, [.. runsByPrompt.Select(run => run.Values.Average())],
            level => (prompts.Average(), Bootstrap.MeanInterval(prompts, Resamples, Seed, level)),
            Invariant($"bootstrap over {prompts.Length} prompts"), question);
    }

    /// <summary>The same for a statistic of items that are drawn by prompt.</summary>
    /// <param name="name">The quantity.</param>
    /// <param name="itemsByRun">The items of each prompt, by run.</param>
    /// <param name="statistic">The statistic of drawn items.</param>
    /// <param name="question">What is claimed.</param>
    public void DecideByPrompt<T>(
        string name, IReadOnlyList<IReadOnlyList<T[]>> itemsByRun, Func<IReadOnlyList<T>, double> statistic, SideQuestion question)
    {
        var first = itemsByRun[0];
        Builder.Sample($"prompts, {name}", first.Count).Seed(Seed);
        Decide(name, [.. itemsByRun.Select(prompts => statistic([.. prompts.SelectMany(items => items)]))],
            level => (statistic([.. first.SelectMany(items => items)]), Bootstrap.Interval(
                first.Count, drawn => statistic([.. drawn.ToArray().SelectMany(prompt => first[prompt])]), Resamples, Seed, level,
                context.Cancellation)),
            Invariant($"bootstrap over {first.Count} prompts"), question);
    }

    /// <summary>Ends the evidence.</summary>
    public Evidence Explain()
    {
        if (_limits.Count > 0 && !IsMissing)
        {
            var more = _limits.Count > ShownLimits ? Invariant($". And {_limits.Count - ShownLimits} more reservations") : string.Empty;
            var shown = _limits.Take(ShownLimits).Select(limit => $"{limit.Key}: {Shortened(limit.Value)}");
            _text.Add($"At most qualified: {string.Join(". ", shown)}{more}.");
        }

        var evidence = Builder.Explain(string.Join(' ', _text));
        return _limits.Count == 0 ? evidence : evidence with { Findings = [.. evidence.Findings.Select(Limited)] };
    }

    private static (double Value, Interval Interval) OverRuns(double[] values, double level)
    {
        var mean = values.Average();
        return (mean, TTest.Interval(mean, StandardError.OfMean(values, 1), values.Length - 1, level));
    }

    // The findings have all of it.
    private static string Shortened(string reason)
    {
        var parts = reason.Split("; ");
        return parts.Length <= ShownDifferences + 1 ? reason
            : Invariant($"{string.Join("; ", parts.Take(ShownDifferences))}; {parts.Length - ShownDifferences} more");
    }

    private static Finding Limited(Finding finding) => finding.Outcome != Outcome.Disagrees ? finding : finding with
    {
        Outcome = Outcome.Undecided,
        Detail = $"{finding.Detail}; disagrees, but the evidence is limited and cannot contradict the paper",
    };
}

/// <summary>On which side of a threshold a claim puts a quantity.</summary>
/// <param name="Claimed">The side.</param>
/// <param name="Threshold">The threshold.</param>
/// <param name="Tests">How many such questions share the level.</param>
internal sealed record SideQuestion(Side Claimed, double Threshold = 0, int Tests = 1);
