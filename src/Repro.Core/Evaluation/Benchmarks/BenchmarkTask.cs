using System.Reflection;
using System.Security.Cryptography;
using Repro.Core.Chat.Jinja;
using Repro.Core.Configuration;
using Repro.Core.Randomness;

namespace Repro.Core.Evaluation.Benchmarks;

/// <summary>The benchmarks that come with the library, one file each.</summary>
public static class BenchmarkLibrary
{
    private const string Folder = "Repro.Benchmarks.";

    private static readonly Lazy<IReadOnlyList<BenchmarkSettings>> Files = new(Read);

    /// <summary>All benchmarks, those of the profile <c>lm-eval</c> first.</summary>
    public static IReadOnlyList<BenchmarkSettings> All() => Files.Value;

    /// <summary>A task by its name: a benchmark, or one subset of it.</summary>
    /// <param name="name">Such as <c>arc_easy</c> or <c>mmlu_anatomy</c>.</param>
    /// <param name="profile">The harness.</param>
    /// <returns>The benchmark, and the subset or null.</returns>
    /// <exception cref="ReproException">No task has this name.</exception>
    public static (BenchmarkSettings Settings, string? Subset) Find(string name, string profile = "lm-eval")
    {
        var own = All().Where(settings => settings.Profile == profile).ToList();
        if (own.Count == 0)
        {
            var profiles = All().Select(settings => settings.Profile).Distinct().ToList();
            throw new ReproException(
                $"profile {profile}: unknown{Suggestion.For(profile, profiles)}; known are {string.Join(", ", profiles)}.");
        }

        foreach (var settings in own)
        {
            if (settings.Task == name)
            {
                return (settings, null);
            }

            if (settings.Subsets.Keys.FirstOrDefault(subset => TaskName(settings, subset) == name) is { } found)
            {
                return (settings, found);
            }
        }

        var names = own.SelectMany(Names).ToList();
        throw new ReproException($"{name}: no task of the profile {profile} has this name{Suggestion.Ending(name, names)}");
    }

    /// <summary>The tasks that a name stands for: itself, or all subsets of a benchmark, such as <c>mmlu</c>.</summary>
    /// <param name="name">A task or a benchmark.</param>
    /// <param name="profile">The harness.</param>
    /// <exception cref="ReproException">Neither has this name.</exception>
    public static IReadOnlyList<(BenchmarkSettings Settings, string? Subset)> Expand(string name, string profile = "lm-eval")
    {
        var group = All().FirstOrDefault(settings =>
            settings.Profile == profile && settings.Subsets.Count > 0 && GroupName(settings) == name);
        return group is null ? [Find(name, profile)] : [.. group.Subsets.Keys.Select(subset => (group, (string?)subset))];
    }

    /// <summary>Names of the tasks of a benchmark.</summary>
    /// <param name="settings">The benchmark.</param>
    public static IEnumerable<string> Names(BenchmarkSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return settings.Subsets.Count == 0 ? [settings.Task] : settings.Subsets.Keys.Select(subset => TaskName(settings, subset));
    }

    /// <summary>What a benchmark is called as a whole: its task without the subset.</summary>
    /// <param name="settings">The benchmark.</param>
    public static string GroupName(BenchmarkSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return settings.Task.Replace("_{subset}", string.Empty, StringComparison.Ordinal);
    }

    internal static string TaskName(BenchmarkSettings settings, string? subset) =>
        settings.Task.Replace("{subset}", subset, StringComparison.Ordinal);

    private static IReadOnlyList<BenchmarkSettings> Read()
    {
        var assembly = typeof(BenchmarkLibrary).Assembly;
        return [.. assembly.GetManifestResourceNames().Where(name => name.StartsWith(Folder, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal).Select(name => Read(assembly, name))];
    }

    private static BenchmarkSettings Read(Assembly assembly, string name)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
        return new ConfigReader(variables: new Dictionary<string, string>())
            .Parse<BenchmarkSettings>(reader.ReadToEnd(), name[Folder.Length..]);
    }
}

/// <summary>A prompt that a model reads, with what it is asked for.</summary>
/// <param name="Context">The prompt.</param>
/// <param name="Continuation">The continuation whose log-likelihood is asked for; null where a response is.</param>
public readonly record struct BenchmarkRequest(string Context, string? Continuation);

/// <summary>A task with its documents: what is asked of a model.</summary>
public sealed class BenchmarkTask
{
    /// <summary>The seed with which lm-eval draws examples.</summary>
    public const long DefaultFewshotSeed = 1234;

    private readonly PromptTemplate _prompt;
    private readonly PromptTemplate? _choice;
    private readonly PromptTemplate? _target;
    private readonly PromptTemplate _description;
    private readonly PromptTemplate? _example;
    private readonly IReadOnlyList<AnswerFilter> _targetFilter;
    private readonly FewshotExamples _examples;

    private BenchmarkTask(
        BenchmarkSettings settings, string? subset, IReadOnlyList<BenchmarkDocument> documents, FewshotExamples examples)
    {
        (Settings, Subset, Documents, _examples) = (settings, subset, documents, examples);
        Name = BenchmarkLibrary.TaskName(settings, subset);
        var part = subset is null ? null : settings.Subsets[subset];
        Title = part?.Title ?? subset ?? string.Empty;
        Filters = (part?.FilterList ?? settings.FilterList) is { Count: > 0 } own ? own
            : new Dictionary<string, IReadOnlyList<AnswerFilter>> { [BenchmarkSamples.NoFilter] = [] };
        _prompt = new PromptTemplate($"{Name}: doc_to_text", settings.DocToText);
        _choice = settings.DocToChoice is { } choice ? new PromptTemplate($"{Name}: doc_to_choice", choice) : null;
        _target = settings.DocToTarget is { } target ? new PromptTemplate($"{Name}: doc_to_target", target) : null;
        _example = settings.DocToExample is { } example ? new PromptTemplate($"{Name}: doc_to_example", example) : null;
        _targetFilter = part?.TargetFilter ?? settings.TargetFilter;
        _description = new PromptTemplate($"{Name}: description", part?.Description ?? settings.Description);
    }

    /// <summary>Its name, such as <c>mmlu_anatomy</c>.</summary>
    public string Name { get; }

    /// <summary>The benchmark that it belongs to.</summary>
    public BenchmarkSettings Settings { get; }

    /// <summary>The part of the benchmark; null where it has none.</summary>
    public string? Subset { get; }

    /// <summary>The documents in the order of the file.</summary>
    public IReadOnlyList<BenchmarkDocument> Documents { get; }

    /// <summary>Examples before each document.</summary>
    public int Shots => _examples.Count;

    /// <summary>How answers are taken out of responses, by name; where the task does not say, the response is the answer.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<AnswerFilter>> Filters { get; }

    /// <summary>What is to be known of the files: where they differ from the published ones in hash or number.</summary>
    public IReadOnlyList<string> Notes { get; private init; } = [];

    private string Title { get; }

    /// <summary>Reads the documents of a task.</summary>
    /// <param name="settings">The benchmark.</param>
    /// <param name="subset">Its part; null where it has none.</param>
    /// <param name="folder">The folder of the data.</param>
    /// <param name="shots">Examples before each document; null for what the task says.</param>
    /// <param name="data">Files in the place of the task's own, for other splits; null for its own.</param>
    /// <param name="cancellation">Checked between rows.</param>
    /// <exception cref="ReproException">A file is missing or damaged, or there are fewer examples than asked for.</exception>
    public static BenchmarkTask Load(
        BenchmarkSettings settings, string? subset, string folder, int? shots = null, IReadOnlyList<string>? data = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var notes = new List<string>();
        var documents = Read(settings, data ?? settings.Data, subset, folder, notes, cancellation);
        if (settings.Subsets.Count == 0 && settings.Items is { } items && items != documents.Count)
        {
            notes.Add(Invariant($"{settings.Task}: {documents.Count} documents, the published split has {items}"));
        }

        var others = documents.RemoveAll(document => settings.NumberOfChoices is { } choices && document.Choices.Count != choices);
        if (others > 0)
        {
            notes.Add(Invariant($"{settings.Task}: {others} documents without {settings.NumberOfChoices} choices are left out, ")
                + $"as by {settings.Profile}");
        }

        var examples = FewshotExamples.Read(settings, subset, folder, shots, notes, cancellation);
        return new BenchmarkTask(settings, subset, documents, examples) { Notes = notes };
    }

    /// <summary>The requests of each document, in order: one for each choice, or one for a response.</summary>
    public IEnumerable<IReadOnlyList<BenchmarkRequest>> Requests()
    {
        var random = new PythonRandom(DefaultFewshotSeed);
        var common = _examples.AreDrawn ? null : _examples.Text ?? Shown(_examples.Rows);
        var description = Documents.Count > 0 ? _description.Render(Documents[0], Title) : string.Empty;
        foreach (var document in Documents)
        {
            yield return Requests(document, description + (common ?? Shown(_examples.Draw(random))));
        }
    }

    /// <summary>The right answer as lm-eval's samples show it: the index of the choice, or a text.</summary>
    /// <param name="document">A document.</param>
    public string Target(BenchmarkDocument document)
    {
        ArgumentNullException.ThrowIfNull(document);
        var target = _target is null ? Invariant($"{document.Answer}") : _target.Render(document, Title);
        return _targetFilter.Aggregate(target, (text, step) => step.Apply(text, document.Fields));
    }

    /// <summary>The choices as the model reads them, which is what <c>acc_norm</c> takes the length of: texts or letters.</summary>
    /// <param name="document">A document of multiple choice.</param>
    public IReadOnlyList<string> ChoiceTexts(BenchmarkDocument document)
    {
        ArgumentNullException.ThrowIfNull(document);
        return [.. document.Choices.Select((_, choice) => _choice!.Render(document, Title, choice))];
    }

    private IReadOnlyList<BenchmarkRequest> Requests(BenchmarkDocument document, string before)
    {
        if (_choice is null)
        {
            return [new(before + _prompt.Render(document, Title), null)];
        }

        var common = Settings.PromptPerChoice ? null : before + _prompt.Render(document, Title);
        return [.. Enumerable.Range(0, document.Choices.Count).Select(choice => new BenchmarkRequest(
            common ?? before + _prompt.Render(document, Title, choice),
            Settings.TargetDelimiter + _choice.Render(document, Title, choice)))];
    }

    private string Shown(IEnumerable<BenchmarkDocument> examples) =>
        string.Concat(examples.Select(example => Shown(example) + Settings.FewshotDelimiter));

    private string Shown(BenchmarkDocument example) => _example?.Render(example, Title)
        ?? (_prompt.Render(example, Title, example.Answer) + Settings.TargetDelimiter
            + (_choice?.Render(example, Title, example.Answer) ?? _target!.Render(example, Title)));

    internal static List<BenchmarkDocument> Read(BenchmarkSettings settings, IReadOnlyList<string> files, string? subset, string folder,
        List<string> notes, CancellationToken cancellation)
    {
        var documents = new List<BenchmarkDocument>();
        foreach (var file in files)
        {
            var name = file.Replace("{subset}", subset, StringComparison.Ordinal);
            var path = Path.Combine(folder, name);
            documents.AddRange(BenchmarkDocuments.Read(path, settings.Format, cancellation));
            if (settings.Sha256.TryGetValue(file, out var official))
            {
                using var stream = File.OpenRead(path);
                if (Convert.ToHexStringLower(SHA256.HashData(stream)) != official)
                {
                    notes.Add($"{name}: not the official file (sha256 {official[..12]}...)");
                }
            }
        }

        return documents;
    }
}

/// <summary>A text with Jinja over the fields of a document.</summary>
internal sealed class PromptTemplate
{
    private static readonly JinjaLimits Limits = new();

    private readonly JinjaSource _source;
    private readonly IReadOnlyList<JinjaStatement> _body;
    private readonly bool _isPlain;

    internal PromptTemplate(string name, string text)
    {
        _source = new JinjaSource(name, text);
        _isPlain = !text.Contains('{', StringComparison.Ordinal);
        _body = _isPlain ? [] : JinjaParser.Parse(_source);
    }

    /// <summary>The text for a document.</summary>
    /// <param name="document">Its fields are variables, and <c>choices</c> the list of its choices.</param>
    /// <param name="title">The variable <c>title</c>.</param>
    /// <param name="choice">Index of the choice that the variables <c>choice</c> and <c>letter</c> tell of; null for none.</param>
    internal string Render(BenchmarkDocument document, string title, int? choice = null)
    {
        if (_isPlain)
        {
            return _source.Text;
        }

        var variables = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["title"] = title,
            ["choices"] = new JinjaList(document.Choices),
        };
        foreach (var (name, text) in document.Fields)
        {
            variables[name] = text;
        }

        if (document.Answer is { } answer)
        {
            variables["answer_letter"] = ((char)('A' + answer)).ToString();
        }

        if (choice is { } place)
        {
            variables["choice"] = document.Choices[place];
            variables["letter"] = ((char)('A' + place)).ToString();
        }

        return JinjaEvaluator.Run(_source, _body, variables, Limits, null).Text;
    }
}
