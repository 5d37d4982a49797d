using Repro.Experiments.Claims;

namespace Repro.Experiments.Runs;

/// <summary>
/// Evidence from somebody's own runs. What limits it - settings that differ from the paper's, few seeds, another judge - qualifies what
/// agrees; and what disagrees then decides nothing, because a run that is not the paper's cannot contradict the paper.
/// </summary>
/// <param name="context">The claim.</param>
/// <param name="runs">What the user brought.</param>
internal sealed class RunEvidence(SpecContext context, RunCollection runs)
{
    private readonly List<string> _text = [];
    private readonly HashSet<string> _limits = new(StringComparer.Ordinal);
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);
    private readonly HashSet<string> _missing = new(StringComparer.Ordinal);

    /// <summary>Takes numbers and findings.</summary>
    public EvidenceBuilder Builder { get; } = context.Evidence();

    /// <summary>The claim.</summary>
    public SpecContext Context => context;

    /// <summary>What the user brought.</summary>
    public RunCollection Runs => runs;

    /// <summary>Whether something is not there, so that nothing can be computed.</summary>
    public bool IsMissing => _missing.Count > 0;

    /// <summary>The runs of each role, one a seed, checked against the settings of the paper; a role without a run makes the claim not run.
    /// </summary>
    /// <param name="roles">Different roles.</param>
    public IReadOnlyList<IReadOnlyList<BroughtRun>> Require(params IReadOnlyList<string> roles)
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

    /// <summary>Takes a run as evidence; what of it differs from the paper limits all that is found.</summary>
    /// <param name="run">The run.</param>
    /// <param name="role">Its role.</param>
    public void Use(BroughtRun run, string role)
    {
        if (!_used.Add(run.Name))
        {
            return;
        }

        if (File.Exists(run.MetricFile))
        {
            context.UseRunFile(runs.Name(run.MetricFile), run.MetricHash());
        }

        if (PaperSettings.Differences(context, run, role) is { Count: > 0 } differences)
        {
            Limit($"settings of {run.Name}", string.Join("; ", differences));
        }
    }

    /// <summary>Takes a file as evidence.</summary>
    public void UseFile(string path) => context.UseRunFile(runs.Name(path), RunCollection.Hash(path));

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

    /// <summary>Something limits what the evidence can say.</summary>
    /// <param name="name">What it concerns.</param>
    /// <param name="reason">How it differs.</param>
    public void Limit(string name, string reason)
    {
        if (_limits.Add(name))
        {
            Builder.Reserve(name, reason);
        }
    }

    /// <summary>Adds a sentence to the explanation.</summary>
    public void Say(string sentence) => _text.Add(sentence);

    /// <summary>Ends the evidence.</summary>
    public Evidence Explain()
    {
        var evidence = Builder.Explain(string.Join(' ', _text));
        return _limits.Count == 0 ? evidence : evidence with
        {
            Findings = [.. evidence.Findings.Select(Limited)],
            Explanation = IsMissing ? evidence.Explanation : $"{evidence.Explanation} Limited by {string.Join(", ", _limits)}.",
        };
    }

    private static Finding Limited(Finding finding) => finding.Outcome != Outcome.Disagrees ? finding : finding with
    {
        Outcome = Outcome.Undecided,
        Detail = $"{finding.Detail}; disagrees, but the evidence is limited and cannot contradict the paper",
    };
}
