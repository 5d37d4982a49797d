using Repro.Core;
using Repro.Core.Evaluation.Benchmarks;
using Repro.Core.Evaluation.Judges;
using Repro.Core.Models;

namespace Repro.Experiments.Runs;

/// <summary>Everything that a user brings as evidence of the claims that need the papers' models: <c>verify --tier full --runs
/// FOLDER</c>.</summary>
internal sealed class RunCollection
{
    // What a run keeps for itself.
    private static readonly string[] Inside = ["checkpoints", "final", "judge-record"];

    private RunCollection(string folder, IReadOnlyList<UserRun> runs, IReadOnlyList<string> files)
    {
        (Folder, Runs, Files) = (folder, runs, files);
        Roles = new RunRoles(folder, runs);
        Attribution = new Attribution(this);
        foreach (var (file, run) in Roles.Scores)
        {
            RequireScores(file, run);
        }
    }

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>All runs in it, by name.</summary>
    public IReadOnlyList<UserRun> Runs { get; }

    /// <summary>All other files that may be evidence, in order.</summary>
    public IReadOnlyList<string> Files { get; }

    /// <summary>What part each run plays.</summary>
    public RunRoles Roles { get; }

    /// <summary>Whose model made a file.</summary>
    public Attribution Attribution { get; }

    /// <summary>Judgements of a file.</summary>
    public ReadOnce<IReadOnlyList<Judgement>> Judgements { get; } = new(Annotations.Read);

    /// <summary>Scores of a file.</summary>
    public ReadOnce<ScoreFile> Scores { get; } = new(ScoreFile.Read);

    /// <summary>The first of the answers of a file.</summary>
    public ReadOnce<AnswerFile> Answers { get; } = new(AnswerFile.Read);

    /// <summary>What the results beside a file of samples say of it.</summary>
    public ReadOnce<SampleOrigin> Origins { get; } = new((file, _) => SampleOrigin.Read(SampleFile.Parse(file)!));

    /// <summary>SHA-256 of a file of evidence.</summary>
    public ReadOnce<string> Hashes { get; } = new((file, cancellation) => new FileHashes().Of(file, cancellation));

    /// <summary>Reads the runs of a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="cancellation">Checked before each run.</param>
    /// <exception cref="ReproException">There is no such folder, a file is damaged, two runs play the same part, or <c>roles.yaml</c> names
    /// what is not there.</exception>
    public static RunCollection Read(string folder, CancellationToken cancellation = default)
    {
        if (!Directory.Exists(folder))
        {
            throw new ReproException($"--runs {folder}: no such folder");
        }

        var (runs, files) = (new List<UserRun>(), new List<string>());
        var open = new Stack<string>([Path.GetFullPath(folder)]);
        while (open.TryPop(out var next))
        {
            cancellation.ThrowIfCancellationRequested();
            if (UserRun.IsRun(next))
            {
                runs.Add(UserRun.Read(Relative(folder, next), next));
            }

            files.AddRange(Directory.EnumerateFiles(next).Where(IsEvidence));
            foreach (var inner in Directory.EnumerateDirectories(next).Where(inner => !Inside.Contains(Path.GetFileName(inner))))
            {
                open.Push(inner);
            }
        }

        return new RunCollection(
            Path.GetFullPath(folder),
            [.. runs.OrderBy(run => run.Name, StringComparer.Ordinal)],
            [.. files.Order(StringComparer.Ordinal)]);
    }

    /// <summary>Path of a file or folder relative to that of all runs, with forward slashes.</summary>
    public string Name(string path) => Relative(Folder, path);

    /// <summary>A path that was recorded, maybe on another machine, as it is shown: relative where it, or its end, leads to something here,
    /// else as it is.</summary>
    public string Shown(string path)
    {
        if (!Path.IsPathRooted(path) || path.StartsWith($"{Folder}{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
        {
            return Path.IsPathRooted(path) ? Name(path) : path;
        }

        var parts = path.Split('/', '\\');
        return Enumerable.Range(1, parts.Length - 1).Select(first => string.Join('/', parts[first..]))
            .FirstOrDefault(end => end.Length > 0 && Path.Exists(Path.Combine(Folder, end))) ?? path;
    }

    /// <summary>What was found, and what of it is not used or counts elsewhere, a line each.</summary>
    /// <param name="cancellation">Checked while files are read that no claim has read.</param>
    public IEnumerable<string> Describe(CancellationToken cancellation = default)
    {
        if (Runs.Count + Files.Count == 0)
        {
            yield return $"{Folder}: holds no run and no file that is evidence (docs/full-runs.md)";
        }

        foreach (var line in Roles.Describe())
        {
            yield return line;
        }

        foreach (var file in Files)
        {
            if (Remark(file, cancellation) is { } remark)
            {
                yield return $"file {Name(file)}: {remark}";
            }
        }

        var named = Roles.Generators.Count == 0 ? [] : Files.SelectMany(file => Makers(file, cancellation)).SelectMany(maker => maker.Names)
            .ToHashSet(StringComparer.Ordinal);
        foreach (var name in Roles.Generators.Keys.Where(name => !named.Contains(name)))
        {
            yield return $"{RunRoles.FileName}: generators: '{name}' made no file here, so that it changes nothing"
                + Suggestion.For(name, named);
        }
    }

    // What is to be said of a file: why it is not used, or that it counts for another run than the one it lies with.
    private string? Remark(string file, CancellationToken cancellation)
    {
        try
        {
            return IsJudgements(file) && JudgedPolicies.UnknownIn(this, file, cancellation) is { Count: > 0 } unknown
                ? $"not used; {string.Join(" and ", unknown)} belong to no run here ({RunRoles.FileName} can say which, under generators)"
                : IsKnown(file, cancellation) ? Elsewhere(file, cancellation) : "not used; it belongs to no run here (docs/full-runs.md)";
        }
        catch (ReproException fault)
        {
            return "not used; " + fault.Message.Replace($"{file}: ", string.Empty, StringComparison.Ordinal);
        }
    }

    private bool IsKnown(string file, CancellationToken cancellation) => IsJudgements(file)
        || (IsScores(file) ? RewardScores.MakerOf(this, file, cancellation).Run is not null
            : JudgedPolicies.OfFile(this, file, cancellation) is not null || Owner(Path.GetDirectoryName(file)!) is not null);

    // Recorded weights count before the folder; roles.yaml before both.
    private string? Elsewhere(string file, CancellationToken cancellation)
    {
        var isGiven = Roles.Scores.ContainsKey(Name(file));
        foreach (var (names, by) in Makers(file, cancellation).Where(maker => !isGiven && !maker.Names.Any(Roles.Generators.ContainsKey)))
        {
            if (by is not null && names.Select(Owner).FirstOrDefault(run => run is not null) is { } near
                && Attribution.Made(by, near, cancellation) is { } made && made != near)
            {
                return Roles.Of(made) is null ? $"not used; {made.Name}, whose weights made it, plays no part"
                    : $"counts for {made.Name}, whose weights made it, and not for {near.Name}";
            }
        }

        return null;
    }

    /// <summary>Who made a file, by the names that say it - its folder, or the generators of judgements - and by the model that it
    /// records; nothing of a damaged file.</summary>
    private IEnumerable<(IReadOnlyList<string> Names, ModelIdentity? By)> Makers(string file, CancellationToken cancellation)
    {
        try
        {
            return IsScores(file) ? [([Path.GetDirectoryName(file)!], Scores.Of(file, cancellation).ScoredBy)]
                : IsJudgements(file) ? JudgedPolicies.MakersIn(this, file, cancellation)
                : [JudgedPolicies.MakerOf(this, file, cancellation)];
        }
        catch (ReproException)
        {
            return [];
        }
    }

    /// <summary>
    /// The run that a folder of evidence belongs to: the run that it is or lies in, else that beside it or above it whose folder has its
    /// name, without <c>-evaluation</c>. The name only finds the run; its part follows from the settings.
    /// </summary>
    /// <param name="place">The folder; it need not exist any more.</param>
    public UserRun? Owner(string place)
    {
        var path = Path.GetFullPath(place, Folder);
        if (Runs.FirstOrDefault(run => $"{path}{Path.DirectorySeparatorChar}".StartsWith(
            $"{run.Folder}{Path.DirectorySeparatorChar}", StringComparison.Ordinal)) is { } around)
        {
            return around;
        }

        for (var inner = path; inner is not null && inner != Folder; inner = Path.GetDirectoryName(inner))
        {
            if (Named(inner) is { } named)
            {
                return named;
            }
        }

        return null;
    }

    // The run whose folder has the name of this one, beside it or above it; where folders were moved, the only one of that name.
    private UserRun? Named(string path)
    {
        const string Suffix = "-evaluation";
        var name = Path.GetFileName(path);
        name = name.EndsWith(Suffix, StringComparison.Ordinal) ? name[..^Suffix.Length] : name;
        var named = Runs.Where(run => Path.GetFileName(run.Folder) == name).ToList();
        for (var above = Path.GetDirectoryName(path); above is not null; above = Path.GetDirectoryName(above))
        {
            if (named.FirstOrDefault(run => Path.GetDirectoryName(run.Folder) == above) is { } beside)
            {
                return beside;
            }
        }

        return named.Count == 1 ? named[0] : null;
    }

    private void RequireScores(string file, string run)
    {
        var scores = Files.Where(IsScores).Select(Name).ToList();
        if (!scores.Contains(file))
        {
            throw new ReproException($"{Path.Combine(Folder, RunRoles.FileName)}: scores: '{file}' is no file of scores here"
                + Suggestion.For(file, scores));
        }

        if (Runs.All(known => known.Name != run))
        {
            throw new ReproException($"{Path.Combine(Folder, RunRoles.FileName)}: scores: '{file}': '{run}' is no run here"
                + Suggestion.For(run, Runs.Select(known => known.Name)));
        }
    }

    private static string Relative(string folder, string path) =>
        Path.GetRelativePath(Path.GetFullPath(folder), Path.GetFullPath(path)).Replace(Path.DirectorySeparatorChar, '/');

    private static bool IsScores(string file) => file.EndsWith(RewardScores.Suffix, StringComparison.Ordinal);

    private static bool IsJudgements(string file) => file.EndsWith(JudgedPolicies.Suffix, StringComparison.Ordinal);

    private static bool IsEvidence(string path) => Path.GetFileName(path) is var name
        && (IsScores(name) || IsJudgements(name) || name == AnswerSampling.FileName
            || name.StartsWith("samples_", StringComparison.Ordinal));
}
