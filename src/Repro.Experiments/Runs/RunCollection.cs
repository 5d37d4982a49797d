using Repro.Core;
using Repro.Core.Evaluation.Benchmarks;
using Repro.Core.Evaluation.Judges;

namespace Repro.Experiments.Runs;

/// <summary>Everything that a user brings as evidence of the claims that need the papers' models: <c>verify --tier full --runs
/// FOLDER</c>.</summary>
internal sealed class RunCollection
{
    // What a run keeps for itself.
    private static readonly string[] Inside = ["checkpoints", "final", "judge-record"];

    private RunCollection(string folder, IReadOnlyList<BroughtRun> runs, IReadOnlyList<string> files)
    {
        (Folder, Runs, Files) = (folder, runs, files);
        Roles = new RunRoles(folder, runs);
        Attribution = new Attribution(this);
    }

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>All runs in it, by name.</summary>
    public IReadOnlyList<BroughtRun> Runs { get; }

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
    public ReadOnce<FirstAnswer> Answers { get; } = new(FirstAnswer.Read);

    /// <summary>What the results beside a file of samples say of it.</summary>
    public ReadOnce<SampleOrigin> Origins { get; } = new((file, _) => SampleOrigin.Of(SampleFile.Of(file)!));

    /// <summary>SHA-256 of a file of evidence.</summary>
    public ReadOnce<string> Hashes { get; } = new((file, cancellation) => new FileHashes().Of(file, cancellation));

    /// <summary>Reads the runs of a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="cancellation">Checked before each run.</param>
    /// <exception cref="ReproException">There is no such folder, a file is damaged, or two runs play the same part.</exception>
    public static RunCollection Read(string folder, CancellationToken cancellation = default)
    {
        if (!Directory.Exists(folder))
        {
            throw new ReproException($"--runs {folder}: no such folder");
        }

        var (runs, files) = (new List<BroughtRun>(), new List<string>());
        var open = new Stack<string>([Path.GetFullPath(folder)]);
        while (open.TryPop(out var next))
        {
            cancellation.ThrowIfCancellationRequested();
            if (BroughtRun.IsRun(next))
            {
                runs.Add(BroughtRun.Read(Relative(folder, next), next));
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

    /// <summary>What was found, and what of it is not used, a line each.</summary>
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
            if (Unused(file, cancellation) is { } reason)
            {
                yield return $"file {Name(file)}: not used; {reason}";
            }
        }
    }

    private string? Unused(string file, CancellationToken cancellation)
    {
        try
        {
            if (file.EndsWith("annotations.json", StringComparison.Ordinal))
            {
                return JudgedPolicies.UnknownIn(this, file, cancellation) is not { Count: > 0 } unknown ? null
                    : $"{string.Join(" and ", unknown)} belong to no run here ({RunRoles.FileName} can say which, under generators)";
            }

            var isKnown = file.EndsWith(RewardScores.Suffix, StringComparison.Ordinal)
                ? RewardScores.MakerOf(this, file, cancellation).Run is not null
                    || JudgedPolicies.PolicyOf(this, [Path.GetDirectoryName(file)!], null, file, cancellation) is not null
                : Path.GetFileName(file) == AnswerSampling.FileName
                    ? JudgedPolicies.OfAnswers(this, file, cancellation) is not null || Owner(Path.GetDirectoryName(file)!) is not null
                    : (SampleFile.Of(file) is { } samples && BenchmarkClaims.PolicyOf(this, samples, cancellation) is not null)
                        || Owner(Path.GetDirectoryName(file)!) is not null;
            return isKnown ? null : "it belongs to no run here (docs/full-runs.md)";
        }
        catch (ReproException fault)
        {
            return fault.Message;
        }
    }

    /// <summary>
    /// The run that a folder of evidence belongs to: the run that it is or lies in, else that beside it or above it whose folder has its
    /// name, without <c>-evaluation</c>. The name only finds the run; its part follows from the settings.
    /// </summary>
    /// <param name="place">The folder; it need not exist any more.</param>
    public BroughtRun? Owner(string place)
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
    private BroughtRun? Named(string path)
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

    private static string Relative(string folder, string path) =>
        Path.GetRelativePath(Path.GetFullPath(folder), Path.GetFullPath(path)).Replace(Path.DirectorySeparatorChar, '/');

    private static bool IsEvidence(string path) => Path.GetFileName(path) is var name
        && (name.EndsWith("scores.jsonl", StringComparison.Ordinal) || name.EndsWith("annotations.json", StringComparison.Ordinal)
            || name == AnswerSampling.FileName
            || name.StartsWith("samples_", StringComparison.Ordinal));
}
