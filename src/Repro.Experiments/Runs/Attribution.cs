using Repro.Core;
using Repro.Core.Chat;
using Repro.Core.Models;

namespace Repro.Experiments.Runs;

/// <summary>Why it is not certain, or not quite, whose model made a file; a reservation of all that rests on it.</summary>
/// <param name="Subject">What it concerns; what is said of many files has one subject and is said once.</param>
/// <param name="Reason">The reason.</param>
internal sealed record Doubt(string Subject, string Reason);

/// <summary>Whose model made a file.</summary>
/// <param name="Run">The run; null where none is found.</param>
/// <param name="Doubts">What is not certain about it.</param>
internal sealed record Maker(UserRun? Run, IReadOnlyList<Doubt> Doubts);

/// <summary>
/// Whose model made scores, answers, judgements and samples: the run whose result has the weights that the file records, wherever the file
/// lies. A file that records none belongs to the run that its folder names, with a reservation. A file that lies with one run and was made
/// by weights that are neither that run's nor another's is refused: folders are easily mixed up, and a stale file would pass for a result.
/// </summary>
/// <param name="runs">The runs and files of the user.</param>
internal sealed class Attribution(RunCollection runs)
{
    private const int ShownDigits = 12;

    private readonly FileHashes _files = new();

    /// <summary>Finds the run.</summary>
    /// <param name="by">What the file records; null for nothing.</param>
    /// <param name="owner">The run that its folder names; null for none.</param>
    /// <param name="file">The file.</param>
    /// <param name="cancellation">Ends the hashing of weights.</param>
    /// <exception cref="ReproException">The file records other weights than those of the run that it lies with.</exception>
    public Maker Of(ModelIdentity? by, UserRun? owner, string file, CancellationToken cancellation)
    {
        if (by is null)
        {
            return new Maker(owner, owner is null ? [] : [Unrecorded(file)]);
        }

        if (Made(by, owner, cancellation) is { } made)
        {
            return new Maker(made, [.. InputDoubts(by, made, file, cancellation)]);
        }

        return owner is null ? new Maker(null, [])
            : WeightsOf(owner, cancellation) is not { } own ? new Maker(owner, [NotComparable(by, owner, file)])
            : throw new ReproException($"{file}: lies with the run {owner.Name}, but {Said(by)} made it, and {Described(by, owner, own)}; "
                + $"make it again, or say in {Path.Combine(runs.Folder, RunRoles.FileName)} whose it is");
    }

    /// <summary>The run whose result has recorded weights, that of the folder first; null for none.</summary>
    public UserRun? Made(ModelIdentity by, UserRun? owner, CancellationToken cancellation) =>
        owner is not null && IsOf(by, owner, cancellation) ? owner
            : runs.Runs.FirstOrDefault(run => run != owner && IsOf(by, run, cancellation));

    // Its weights and, of an adapter, those below it where the run recorded them.
    private bool IsOf(ModelIdentity by, UserRun run, CancellationToken cancellation) =>
        WeightsOf(run, cancellation) == by.Own && (by.Adapter is null || run.StartWeights is null || run.StartWeights == by.Weights);

    /// <summary>What is not certain where <c>roles.yaml</c> says whose a file is.</summary>
    public IReadOnlyList<Doubt> Given(ModelIdentity? by, UserRun? run, string file, CancellationToken cancellation) =>
        by is null || run is null ? [Unrecorded(file)]
        : IsOf(by, run, cancellation) ? [.. InputDoubts(by, run, file, cancellation)]
        : WeightsOf(run, cancellation) is not { } own ? [NotComparable(by, run, file)]
        : [new Doubt($"attribution of {runs.Name(file)}",
            $"{RunRoles.FileName} gives it to {run.Name}, but {Said(by)} made it, and {Described(by, run, own)}")];

    /// <summary>What is not certain of a file by the model that training began with, of which there is no run here.</summary>
    /// <param name="by">What the file records; null for nothing.</param>
    /// <param name="start"><c>base</c> or <c>sft</c>.</param>
    /// <param name="file">The file.</param>
    /// <exception cref="ReproException">The file records other weights than the runs here began with.</exception>
    public IReadOnlyList<Doubt> OfStart(ModelIdentity? by, string start, string file)
    {
        if (by is null)
        {
            return [Unrecorded(file)];
        }

        var known = StartsOf(start);
        return known.Count == 0
            ? [new Doubt($"attribution of {runs.Name(file)}", $"no run here records the weights of {start} that it began with")]
            : by.Adapter is null && known.Contains(by.Weights) ? []
            : throw new ReproException($"{file}: lies with {start}, but {Said(by)} made it, and the runs here began with "
                + $"{string.Join(" or ", known.Select(Short))}; make it again, or say in "
                + $"{Path.Combine(runs.Folder, RunRoles.FileName)} whose it is");
    }

    /// <summary>Whether weights are those that runs here began with.</summary>
    public bool IsStart(ModelIdentity by, string start) => by.Adapter is null && StartsOf(start).Contains(by.Weights);

    // Policies of the thesis begin with the supervised model, those of ADR with the given one.
    private List<string> StartsOf(string start) =>
    [
        .. runs.Runs.Where(run => runs.Roles.Of(run) is { } role && PaperSettings.StartOf(role) == start)
            .Select(run => run.StartWeights).OfType<string>().Distinct(StringComparer.Ordinal),
    ];

    /// <summary>Hash of the weights of a run's result; null where they are not here.</summary>
    public string? WeightsOf(UserRun run, CancellationToken cancellation) =>
        Directory.Exists(run.Result) ? WeightHash.Compute(run.Result, _files, cancellation) : null;

    private static string Described(ModelIdentity by, UserRun run, string own) => own != by.Own ? $"that run's are {Short(own)}"
        : $"that run's adapter is the same on other weights, {Short(run.StartWeights!)}";

    /// <summary>Whether two rows record the same weights, or both none.</summary>
    public static bool IsSame(ModelIdentity? one, ModelIdentity? other) => one?.Own == other?.Own && one?.Weights == other?.Weights;

    private Doubt Unrecorded(string file) => new("attribution",
        $"by folder, since files such as {runs.Name(file)} do not record the weights that made them");

    private Doubt NotComparable(ModelIdentity by, UserRun run, string file) => new($"attribution of {runs.Name(file)}",
        $"{Said(by)} made it, and {run.Name} has no weights here to compare them with");

    private IEnumerable<Doubt> InputDoubts(ModelIdentity by, UserRun run, string file, CancellationToken cancellation)
    {
        if (by.Template is not null && ChatForms.HashOf(run.Result) is { } template && template != by.Template)
        {
            yield return new Doubt(
                $"template of {runs.Name(file)}", $"another chat template than the one that {run.Name} was trained with");
        }

        if (by.Tokenizer is not null && ModelIdentity.TokenizerHash(run.Result, _files, cancellation) is { } tokenizer
            && tokenizer != by.Tokenizer)
        {
            yield return new Doubt($"tokenizer of {runs.Name(file)}", $"another tokenizer than that of {run.Name}");
        }

        if (by.Adapter is not null && run.StartWeights is null)
        {
            yield return new Doubt($"weights below the adapter of {runs.Name(file)}",
                $"{Short(by.Weights)}; {run.Name} does not record on which weights it trained the adapter");
        }
    }

    private string Said(ModelIdentity by) => $"weights {Short(by.Own)} ({runs.Shown(by.Model)})"
        + (by.Adapter is null ? string.Empty : $" on {Short(by.Weights)}");

    private static string Short(string hash) => hash[..ShownDigits];
}

/// <summary>What was read from files, each once; a damaged one gives its fault to every reader.</summary>
/// <param name="read">Reads a file.</param>
internal sealed class ReadOnce<T>(Func<string, CancellationToken, T> read)
{
    private readonly Dictionary<string, (T? Content, ReproException? Fault)> _known = new(StringComparer.Ordinal);

    /// <summary>The content of a file.</summary>
    /// <exception cref="ReproException">It is damaged.</exception>
    public T Of(string file, CancellationToken cancellation)
    {
        if (!_known.TryGetValue(file, out var known))
        {
            try
            {
                known = (read(file, cancellation), null);
            }
            catch (ReproException fault)
            {
                known = (default, fault);
            }

            _known.Add(file, known);
        }

        return known.Fault is { } damage ? throw new ReproException(damage.Message, damage) : known.Content!;
    }
}
