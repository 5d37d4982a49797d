using System.CommandLine;
using System.CommandLine.Parsing;
using System.IO.Enumeration;
using Repro.Core;
using Repro.Core.Chat;
using Repro.Core.Configuration;
using Repro.Core.Models;
using Repro.Core.Tokenization;
using Repro.Core.Training.Policies;
using Repro.Experiments.Claims;
using static TorchSharp.torch;

namespace Repro.Experiments.Cli;

/// <summary>The options that choose claims, shared by several verbs.</summary>
internal sealed class ClaimFilter
{
    private readonly Option<Paper?> _paper = new Option<Paper?>("--paper") { Description = "Only claims of one paper." }
        .Choice();
    private readonly Option<string[]> _claim = new("--claim")
    {
        Description = "Only claims whose id matches, with or without paper, up to any hyphen: T16, CRS-T16, 'CRS-T1?', '*-best'. "
            + "Several with commas or repeated.",
    };

    private readonly Option<string[]> _cause = new("--cause")
    {
        Description = "Only claims of one entry of ERRATA.md. Several with commas or repeated.",
    };

    private readonly Option<ClaimKind?> _kind = new Option<ClaimKind?>("--kind") { Description = "Only claims of one kind." }.Choice();
    private readonly Option<Tier?> _tier = new Option<Tier?>("--tier") { Description = "Only claims of one tier." }.Choice();
    private readonly Option<string[]> _only = new("--only")
    {
        Description = "Only show claims with these verdicts, such as contradicted,inconclusive; all that are chosen"
            + " are verified and counted.",
    };

    internal void AddTo(Command command)
    {
        command.Add(_paper);
        command.Add(_claim);
        command.Add(_cause);
        command.Add(_kind);
        command.Add(_tier);
        command.Add(_only);
        _only.Validators.Add(result =>
        {
            foreach (var name in Parts([.. result.Tokens.Select(token => token.Value)]).Where(name => VerdictNamed(name) is null))
            {
                result.AddError($"--only {name}: no verdict has this name{Suggestion.For(name, Enum.GetNames<Verdict>())}; "
                    + $"verdicts are {string.Join(", ", Enum.GetNames<Verdict>())}.");
            }
        });
    }

    /// <summary>Whether <c>--only</c> leaves a verdict in.</summary>
    internal bool Shows(ParseResult arguments, Verdict? verdict) =>
        Parts(arguments.GetValue(_only)) is not { Count: > 0 } names || names.Any(name => VerdictNamed(name) == verdict);

    /// <summary>What was asked for, such as <c>--tier static</c>; empty for all claims.</summary>
    internal string Describe(ParseResult arguments) => string.Join(' ', new Option[] { _paper, _claim, _cause, _kind, _tier }
        .Select(arguments.GetResult).OfType<OptionResult>().Where(given => !given.Implicit)
        .Select(given => $"{given.Option.Name} {string.Join(' ', given.Tokens.Select(token => token.Value))}"));

    /// <summary>The chosen claims, in catalogue order.</summary>
    /// <exception cref="ReproException">A pattern matches nothing, or no claim is all that was asked for.</exception>
    internal IReadOnlyList<Claim> Apply(ParseResult arguments, ClaimCatalog catalog)
    {
        var patterns = Parts(arguments.GetValue(_claim));
        foreach (var pattern in patterns)
        {
            if (!catalog.Claims.Any(c => Matches(c.Id, pattern)))
            {
                var names = catalog.Claims.Select(c => c.Id).Concat(catalog.Claims.Select(c => c.Group).Distinct()).ToList();
                var shorter = names.Select(WithoutPaper);
                var near = Suggestion.For(pattern, names.Concat(shorter));
                throw new ReproException(
                    $"--claim {pattern}: no claim id matches{(near.Length > 0 ? near : "; the verb list shows all ids")}");
            }
        }

        var causes = Parts(arguments.GetValue(_cause));
        var used = catalog.Claims.Select(c => c.Cause).OfType<string>().ToHashSet(StringComparer.Ordinal);
        if (causes.FirstOrDefault(c => !used.Contains(c)) is { } unknown)
        {
            throw new ReproException($"--cause {unknown}: no claim has this cause{Suggestion.For(unknown, used)}");
        }

        List<Claim> chosen =
        [
            .. catalog.Claims
                .Where(c => arguments.GetValue(_kind) is not { } kind || c.Kind == kind)
                .Where(c => arguments.GetValue(_tier) is not { } tier || c.Tier == tier)
                .Where(c => causes.Count == 0 || causes.Contains(c.Cause, StringComparer.Ordinal))
                .Where(c => Concerns(arguments, c.Id)),
        ];
        return chosen.Count > 0 ? chosen : throw new ReproException($"{Describe(arguments)}: no claim matches"
            + (arguments.GetValue(_tier) != Tier.Study ? string.Empty
                : "; the study judges claims of tier fixture again, on seeds of its own: repro mechanisms --study (docs/study.md)"));
    }

    /// <summary>Whether an id, all that is known of an accepted entry without a claim, lies within <c>--paper</c> and
    /// <c>--claim</c>.</summary>
    internal bool Concerns(ParseResult arguments, string id) =>
        (arguments.GetValue(_paper) is not { } paper || id.StartsWith($"{paper}-", StringComparison.OrdinalIgnoreCase))
        && (Parts(arguments.GetValue(_claim)) is not { Count: > 0 } patterns || patterns.Any(pattern => Matches(id, pattern)));

    /// <summary>Whether a pattern with <c>*</c> and <c>?</c> fits an id, the id up to one of its hyphens, or either without the
    /// paper.</summary>
    internal static bool Matches(string id, string pattern) =>
        Beginnings(id).Concat(Beginnings(WithoutPaper(id))).Any(name =>
            FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: true));

    private static IEnumerable<string> Beginnings(string id) =>
        Enumerable.Range(0, id.Length).Where(i => id[i] == '-').Append(id.Length).Select(end => id[..end]);

    private static string WithoutPaper(string id) => id[(id.IndexOf('-', StringComparison.Ordinal) + 1)..];

    private static List<string> Parts(string[]? values) =>
        [.. (values ?? []).SelectMany(value => value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];

    private static Verdict? VerdictNamed(string name) =>
        Enum.GetNames<Verdict>().Contains(name.Replace("-", string.Empty, StringComparison.Ordinal), StringComparer.OrdinalIgnoreCase)
            ? Enum.Parse<Verdict>(name.Replace("-", string.Empty, StringComparison.Ordinal), ignoreCase: true) : null;
}

/// <summary>The options that say which model to load and how, shared by verbs that run one.</summary>
internal sealed class ModelOptions
{
    // The largest multiple that vocabularies are usually filled up to.
    private const int Padding = 128;

    private readonly Option<string?>? _model;
    private readonly string _name;
    private readonly Func<ParseResult, string?> _named;
    private readonly Option<string?> _adapter = new("--adapter") { Description = "PEFT folder of an adapter on it." };
    private readonly Option<string?> _tokenizer = new("--tokenizer")
    {
        Description = "Folder of the tokenizer; "
        + "default: that of the model."
    };
    private readonly Option<string?> _template = new("--template")
    {
        Description = "How conversations are written: chatml, qwen2, qwen2.5, turn_tags, llama2, llama3 or a file with a Jinja template; "
            + "default: the model's own, else chatml.",
    };

    private readonly Option<string> _dtype = new("--dtype")
    {
        Description = "float32, bfloat16 or float16.",
        DefaultValueFactory = _ =>
        "float32"
    };
    private readonly Option<string> _device = new("--device") { Description = "cpu or cuda:0.", DefaultValueFactory = _ => "cpu" };
    private readonly Option<string?> _out = new("--out") { Description = "File to write JSON lines to; default: standard output." };
    private readonly Option<int> _batch = new Option<int>("--batch") { Description = "Rows at once.", DefaultValueFactory = _ => 8 }
        .Limit(new AtLeastAttribute(1));

    /// <param name="name">Name of the option that gives the model.</param>
    /// <param name="optional">What the verb does without a model; null where it needs one.</param>
    internal ModelOptions(string name = "--model", string? optional = null)
    {
        var model = new Option<string?>(name)
        {
            Description = "Folder of the model, of a run, or of the Hugging Face cache" + (optional is null ? "." : $"; {optional}"),
            Required = optional is null,
        };
        (_model, _name, _named) = (model, name, arguments => arguments.GetValue(model));
    }

    /// <param name="name">What messages call the model.</param>
    /// <param name="named">The model, which an option of the verb's own names.</param>
    internal ModelOptions(string name, Func<ParseResult, string?> named) => (_name, _named) = (name, named);

    internal void AddTo(Command command, bool rows = true, bool template = true)
    {
        foreach (var option in new Option?[]
            { _model, _adapter, _tokenizer, template ? _template : null, _dtype, _device }.OfType<Option>())
        {
            command.Add(option);
        }

        if (rows)
        {
            command.Add(_out);
            command.Add(_batch);
        }
    }

    internal bool IsGiven(ParseResult arguments) => _named(arguments) is not null;

    /// <summary>Refuses options of a model where none is asked for: without this they would be ignored.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="needed">What they need, such as <c>--reward, the reward model that compares</c>.</param>
    /// <param name="others">More options that only a model needs.</param>
    /// <exception cref="ReproException">One of them is given.</exception>
    internal void RefuseWithout(ParseResult arguments, string needed, params Option[] others)
    {
        if (others.Concat([_adapter, _tokenizer, _template, _dtype, _device, _batch])
            .FirstOrDefault(option => arguments.GetResult(option) is { Implicit: false }) is { } given)
        {
            throw new ReproException($"{given.Name} needs {needed}");
        }
    }

    internal bool HasOut(ParseResult arguments) => arguments.GetValue(_out) is not null;

    internal string Model(ParseResult arguments) => Found(arguments).Model;

    internal string? Adapter(ParseResult arguments) => arguments.GetValue(_adapter) is { } folder ? ModelLocation.Find(folder)
        : Found(arguments).Adapter;

    /// <summary>The template to use; one that was not asked for is named on the error output.</summary>
    internal ChatTemplate Template(ParseResult arguments, TextTokenizer tokenizer)
    {
        var asked = arguments.GetValue(_template);
        var found = ChatForms.Find(asked, tokenizer, arguments.GetValue(_tokenizer), Adapter(arguments), Model(arguments));
        if (asked is null)
        {
            arguments.InvocationConfiguration.Error.WriteLine($"template: {found.Origin}");
        }

        return found.Template;
    }

    /// <summary>Sizes and settings of the model, of which nothing is loaded.</summary>
    internal ModelConfig Config(ParseResult arguments) =>
        ModelConfigFile.Read(Path.Combine(Model(arguments), ModelConfigFile.Name));

    /// <summary>The language model, with the adapter where there is one.</summary>
    internal LanguageModel Language(ParseResult arguments)
    {
        var language = LanguageModel.Load(Model(arguments), Dtype(arguments), Device(arguments));
        try
        {
            if (Adapter(arguments) is { } adapter)
            {
                language.Adapters.Load("policy", adapter);
            }

            return language;
        }
        catch
        {
            language.Dispose();
            throw;
        }
    }

    /// <summary>The model by the hashes of its files, to stand beside what it makes.</summary>
    /// <param name="arguments">Name the model.</param>
    /// <param name="template">The template that is used; null for none.</param>
    /// <param name="cancellation">Ends the hashing.</param>
    internal ModelIdentity Identity(ParseResult arguments, ChatTemplate? template, CancellationToken cancellation) => ModelIdentity.Compute(
        _named(arguments) + (arguments.GetValue(_adapter) is { } adapter ? $" with {adapter}" : string.Empty),
        Model(arguments), Adapter(arguments), arguments.GetValue(_tokenizer) ?? Model(arguments), template, cancellation);

    internal int Batch(ParseResult arguments) => arguments.GetValue(_batch);

    /// <summary>Refuses more responses at once than memory can hold; without this the system ends the program, without a word.</summary>
    /// <param name="arguments">Name the device and the type of the numbers.</param>
    /// <param name="config">The model.</param>
    /// <param name="responses">Responses that are generated together.</param>
    /// <param name="length">Longest prompt and its response, in tokens.</param>
    /// <exception cref="ReproException">Keys, values and logits of so many need more memory than there is.</exception>
    internal void CheckMemory(ParseResult arguments, ModelConfig config, long responses, int length)
    {
        var size = Dtype(arguments) == ScalarType.Float32 ? sizeof(float) : sizeof(ushort);
        var keysAndValues = 2.0 * config.Layers * config.KeyValueHeads * config.HeadSize * length * size;
        var needed = responses * (keysAndValues + ((double)config.VocabularySize * sizeof(float)));
        var available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (Device(arguments).type == TorchSharp.DeviceType.CPU && needed > available)
        {
            throw new ReproException(Invariant($"--batch and --sequences: {responses:N0} responses of up to {length:N0} tokens ")
                + Invariant($"at once need about {needed / (1 << 20):N0} MiB, this machine has {available >> 20:N0}; ")
                + "lower one of the two");
        }
    }

    internal TextTokenizer Tokenizer(ParseResult arguments) =>
        TokenizerLoader.Load(arguments.GetValue(_tokenizer) ?? Model(arguments), Config(arguments).VocabularySize);

    /// <summary>Says where a tokenizer that was named has fewer ids than the model was trained to give; others have no text.</summary>
    /// <remarks>Of a model without a tokenizer of its own the last ids may fill its vocabulary up to a multiple of 128.</remarks>
    internal void NoteTokenizer(ParseResult arguments, TextTokenizer tokenizer)
    {
        var size = Config(arguments).VocabularySize;
        if (arguments.GetValue(_tokenizer) is { } named && tokenizer.IdLimit < (OwnIds(Model(arguments)) ?? size - Padding + 1))
        {
            arguments.InvocationConfiguration.Error.WriteLine(
                Invariant($"note: the tokenizer of {named} has {tokenizer.IdLimit} ids, the model {size}: ")
                    + "ids beyond the tokenizer, where the model gives them, have no text and are left out");
        }
    }

    // Null where the folder has no tokenizer that can be read: another is named for that reason.
    private static int? OwnIds(string model)
    {
        try
        {
            return TokenizerLoader.Load(model).IdLimit;
        }
        catch (ReproException)
        {
            return null;
        }
    }

    // A run that trained an adapter has it under "final"; its base is the one that it names, if that is still there.
    private (string Model, string? Adapter) Found(ParseResult arguments)
    {
        var folder = ModelLocation.Find(_named(arguments)!);
        if (!Directory.Exists(folder))
        {
            throw new ReproException($"{_name} {_named(arguments)}: no such folder");
        }

        return AdapterSet.BaseModel(folder) is { } named && Directory.Exists(named) ? (named, folder) : (folder, null);
    }

    internal Device Device(ParseResult arguments) => DeviceNames.Find(arguments.GetValue(_device)!);

    internal ScalarType Dtype(ParseResult arguments) => arguments.GetValue(_dtype) switch
    {
        "float32" => ScalarType.Float32,
        "bfloat16" => ScalarType.BFloat16,
        "float16" => ScalarType.Float16,
        var other => throw new ReproException($"--dtype {other}: float32, bfloat16 or float16 was expected"),
    };

    /// <summary>Refuses to write over the file that is read: what stands in it would be lost.</summary>
    /// <exception cref="ReproException">Both are one file.</exception>
    internal void RefuseOutOf(ParseResult arguments, string option, string? read)
    {
        if (arguments.GetValue(_out) is { } path && read is not null && Path.GetFullPath(path) == Path.GetFullPath(read))
        {
            throw new ReproException($"--out {path} is the file of {option}, which would be lost: name another");
        }
    }

    /// <summary>Writes lines to the file that was asked for, or to standard output.</summary>
    internal void Write(ParseResult arguments, Action<TextWriter> write)
    {
        if (arguments.GetValue(_out) is not { } path)
        {
            write(arguments.InvocationConfiguration.Output);
            return;
        }

        try
        {
            AtomicFile.Write(path, partial =>
            {
                using var writer = new StreamWriter(partial);
                write(writer);
            });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ReproException($"--out {path}: cannot be written ({e.Message})", e);
        }
    }
}
