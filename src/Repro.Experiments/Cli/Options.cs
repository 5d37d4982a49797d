using System.CommandLine.Parsing;
using System.CommandLine;
using System.Globalization;
using System.IO.Enumeration;
using Repro.Core.Chat;
using Repro.Core.Configuration;
using Repro.Core.Models;
using Repro.Core.Tokenization;
using Repro.Core.Training.Policies;
using Repro.Core;
using Repro.Experiments.Claims;
using static TorchSharp.torch;

namespace Repro.Experiments.Cli;

/// <summary>The options that choose claims, shared by several verbs.</summary>
internal sealed class ClaimFilter
{
    private readonly Option<Paper?> _paper = new("--paper") { Description = "Only claims of one paper: crs or adr." };
    private readonly Option<string[]> _claim = new("--claim")
    {
        Description = "Only claims whose id matches, with or without paper, up to any hyphen: T16, CRS-T16, 'CRS-T1?', '*-best'. "
            + "Several with commas or repeated.",
    };

    private readonly Option<ClaimKind?> _kind = new("--kind") { Description = "Only claims of one kind." };
    private readonly Option<Tier?> _tier = new("--tier") { Description = "Only claims of one tier." };
    private readonly Option<string[]> _only = new("--only")
    {
        Description = "Only show claims with these verdicts, such as contradicted,inconclusive; all that are chosen are verified and counted.",
    };

    internal void AddTo(Command command)
    {
        command.Add(_paper);
        command.Add(_claim);
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

    /// <summary>The chosen claims, in catalogue order.</summary>
    /// <exception cref="InputException">A pattern matches nothing.</exception>
    internal IReadOnlyList<Claim> Apply(ParseResult arguments, ClaimCatalog catalog)
    {
        var patterns = Parts(arguments.GetValue(_claim));
        foreach (var pattern in patterns)
        {
            if (!catalog.Claims.Any(c => Matches(c.Id, pattern)))
            {
                var names = catalog.Claims.Select(c => c.Id).Concat(catalog.Claims.Select(c => c.Group).Distinct()).ToList();
                var shorter = names.Select(WithoutPaper);
                throw new InputException($"--claim {pattern}: no claim id matches{Suggestion.For(pattern, names.Concat(shorter))}");
            }
        }

        return
        [
            .. catalog.Claims
                .Where(c => arguments.GetValue(_paper) is not { } paper || c.Paper == paper)
                .Where(c => arguments.GetValue(_kind) is not { } kind || c.Kind == kind)
                .Where(c => arguments.GetValue(_tier) is not { } tier || c.Tier == tier)
                .Where(c => patterns.Count == 0 || patterns.Any(p => Matches(c.Id, p))),
        ];
    }

    /// <summary>Whether a pattern with <c>*</c> and <c>?</c> fits an id, the id up to one of its hyphens, or either without the
    /// paper.</summary>
    internal static bool Matches(string id, string pattern) =>
        Beginnings(id).Concat(Beginnings(WithoutPaper(id))).Any(name => FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: true));

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
    private readonly Option<string> _model =
        new("--model") { Description = "Folder of the model, of a run, or of the Hugging Face cache.", Required = true };
    private readonly Option<string?> _adapter = new("--adapter") { Description = "PEFT folder of an adapter on it." };
    private readonly Option<string?> _tokenizer = new("--tokenizer") { Description = "Folder of the tokenizer; default: that of the model." };
    private readonly Option<string?> _template = new("--template")
    {
        Description = "How conversations are written: chatml, qwen2, qwen2.5, turn_tags, llama2 or llama3; "
            + "default: the model's own, else chatml.",
    };

    private readonly Option<string> _dtype = new("--dtype") { Description = "float32, bfloat16 or float16.", DefaultValueFactory = _ => "float32" };
    private readonly Option<string> _device = new("--device") { Description = "cpu or cuda:0.", DefaultValueFactory = _ => "cpu" };
    private readonly Option<string?> _out = new("--out") { Description = "File to write JSON lines to; default: standard output." };
    private readonly Option<int> _batch = new Option<int>("--batch") { Description = "Rows at once.", DefaultValueFactory = _ => 8 }.Limit(new AtLeastAttribute(1));

    internal void AddTo(Command command)
    {
        foreach (var option in new Option[] { _model, _adapter, _tokenizer, _template, _dtype, _device, _out, _batch })
        {
            command.Add(option);
        }
    }

    internal string Model(ParseResult arguments) => Found(arguments).Model;

    internal string? Adapter(ParseResult arguments) => arguments.GetValue(_adapter) is { } folder ? ModelLocation.Find(folder)
        : Found(arguments).Adapter;

    /// <summary>The template to use; one that was not asked for is named on the error output.</summary>
    internal ChatTemplate Template(ParseResult arguments, TextTokenizer tokenizer)
    {
        ChatForm? asked = arguments.GetValue(_template) is { } name ? Named(name) : null;
        var found = ChatForms.Find(asked, tokenizer, arguments.GetValue(_tokenizer), Adapter(arguments), Model(arguments));
        if (asked is null)
        {
            arguments.InvocationConfiguration.Error.WriteLine($"template: {found.Origin}");
        }

        return found.Template;
    }

    private static ChatForm Named(string name)
    {
        try
        {
            return ChatForms.Named(name);
        }
        catch (ReproException unknown)
        {
            throw new InputException($"--{unknown.Message}", unknown);
        }
    }

    internal int Batch(ParseResult arguments) => arguments.GetValue(_batch);

    internal TextTokenizer Tokenizer(ParseResult arguments) => TokenizerLoader.Load(arguments.GetValue(_tokenizer) ?? Model(arguments));

    // A run that trained an adapter has it under "final"; its base is the one that it names, if that is still there.
    private (string Model, string? Adapter) Found(ParseResult arguments)
    {
        var folder = ModelLocation.Find(arguments.GetValue(_model)!);
        return AdapterSet.BaseModel(folder) is { } named && Directory.Exists(named) ? (named, folder) : (folder, null);
    }

    internal Device Device(ParseResult arguments) => DeviceNames.Find(arguments.GetValue(_device)!);

    internal ScalarType Dtype(ParseResult arguments) => arguments.GetValue(_dtype) switch
    {
        "float32" => ScalarType.Float32,
        "bfloat16" => ScalarType.BFloat16,
        "float16" => ScalarType.Float16,
        var other => throw new InputException($"--dtype {other}: float32, bfloat16 or float16 was expected"),
    };

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
            throw new InputException($"--out {path}: cannot be written ({e.Message})", e);
        }
    }
}

/// <summary>
/// Reads options that take a number with decimals. System.CommandLine reads them in the culture of the user: in a German one <c>--top-p
/// 0.25</c> is 25.
/// </summary>
internal static class DecimalOption
{
    internal static double? Read(ArgumentResult argument)
    {
        var text = argument.Tokens.Single().Value;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
        {
            return number;
        }

        argument.AddError($"{((OptionResult)argument.Parent!).Option.Name}: '{text}' was found; a number such as 0.5 was expected.");
        return null;
    }

    /// <summary>Refuses numbers out of a range with the name of the option, before anything is loaded.</summary>
    /// <param name="option">An option that takes one number.</param>
    /// <param name="range">What it takes.</param>
    internal static Option<T> Limit<T>(this Option<T> option, NumberRangeAttribute range)
    {
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && !range.Holds(number))
            {
                result.AddError($"{option.Name} must be {range.Words}, found '{text}'{(range.Instead is { } instead ? $"; {instead}" : string.Empty)}.");
            }
        });
        return option;
    }
}
