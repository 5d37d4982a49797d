using System.CommandLine;
using System.Globalization;
using Repro.Experiments.Cli;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Torch;
using Repro.Tests.Unit.Training.Stages;

namespace Repro.Tests.Unit.Cli;

/// <summary>
/// Every option of every verb, found by reflection over the tree of commands, with values that people and scripts give by mistake: each
/// ends with a result or one line that names the option, never with an exception.
/// </summary>
[Collection(TensorCollection.Name)]
public sealed class OptionTests(TrainedWorld world) : IClassFixture<TrainedWorld>
{
    // A number at its lower bound, and whether the bound itself is taken.
    private static readonly Dictionary<string, (string Below, string At, bool TakesBound)> _bounds = new(StringComparer.Ordinal)
    {
        ["--max-new-tokens"] = ("0", "1", true),
        ["--temperature"] = ("-0.0001", "0", true),
        ["--top-p"] = ("-0.5", "0", false),
        ["--top-k"] = ("0", "1", true),
        ["--sequences"] = ("0", "1", true),
        ["--batch"] = ("0", "1", true),
        ["--max-length"] = ("0", "1", true),
        ["--workers"] = ("0", "1", true),
        ["--seed"] = ("-9223372036854775809", "-9223372036854775808", true),
    };

    private static readonly Dictionary<string, string> _above = new(StringComparer.Ordinal)
    {
        ["--top-p"] = "1.0001",
        ["--sequences"] = "10001",
        ["--seed"] = "9223372036854775808",
    };

    [Fact]
    public void Every_number_is_tried_and_every_verb_with_one_is_run()
    {
        Numbers().Select(number => number.Option).Distinct().Should().BeEquivalentTo(_bounds.Keys);
        Numbers().Select(number => number.Verb).Distinct().Should().BeSubsetOf(["generate", "score", "compare", "chat", "mechanisms"]);
    }

    [Fact]
    public async Task Every_number_at_its_bounds_ends_with_a_result_or_one_line()
    {
        var wrong = new List<string>();
        foreach (var (verb, option) in Numbers())
        {
            var (below, at, takesBound) = _bounds[option];
            var refused = new List<string> { below, "NaN", "Infinity", "1e400", "one", "0x10", "1,5", "½",
                _above.GetValueOrDefault(option, "-1e300") };
            refused.AddRange(takesBound ? [] : [at]);
            refused.AddRange(IsWhole(verb, option) ? ["1.5", "9999999999999999999999"] : []);
            foreach (var value in refused)
            {
                await Try(verb, option, value, mustRefuse: true, wrong);
            }

            foreach (var value in takesBound ? new[] { at, "2" } : ["1", "0.5"])
            {
                await Try(verb, option, value, mustRefuse: false, wrong);
            }
        }

        wrong.Should().BeEmpty();
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("100000")]
    [InlineData("2147483648")]
    [InlineData("1.5")]
    [InlineData("one")]
    public async Task The_number_of_a_run_that_is_not_there_is_refused(string number)
    {
        var (code, output, error) = await Run(["mechanisms", "--cell", number]);
        (code, output).Should().Be((1, string.Empty));
        error.Trim().Should().Contain("--cell").And.NotContain("\n").And.NotContain("System.");
    }

    [Theory]
    [InlineData("--batch", "2147483647")]
    [InlineData("--top-k", "2147483647")]
    [InlineData("--max-length", "2147483647")]
    [InlineData("--max-new-tokens", "2147483647")]
    [InlineData("--seed", "9223372036854775807")]
    [InlineData("--sequences", "100")]
    [InlineData("--temperature", "1e300")]
    [InlineData("--top-p", "1e-300")]
    [InlineData("--top-p", "1")]
    public async Task The_largest_numbers_work(string option, string value)
    {
        var wrong = new List<string>();
        foreach (var (verb, _) in Numbers().Where(number => number.Option == option))
        {
            await Try(verb, option, value, mustRefuse: false, wrong);
        }

        wrong.Should().BeEmpty();
    }

    [Fact]
    public async Task A_tiny_temperature_is_no_stack_trace()
    {
        var (code, _, error) = await Run([.. Arguments("generate"), "--temperature", "1e-320"]);
        (code == 0 || error.Contains("error: ", StringComparison.Ordinal)).Should().BeTrue(error);
    }

    [Fact]
    public async Task Every_text_refuses_to_be_empty()
    {
        var wrong = new List<string>();
        foreach (var command in Commands())
        {
            foreach (var option in command.Options.Concat(CommandLine.Root().Options.Where(option => option.Recursive))
                .Where(option => option.ValueType == typeof(string) || option.ValueType == typeof(string[]))
                    .Where(option => option.Name is not ("--prompt" or "--system" or "--text")))
            {
                var (code, _, error) = await Run([.. Without(command.Name, option.Name), option.Name, string.Empty]);
                Check(code == 1 && error.Contains(option.Name, StringComparison.Ordinal)
                    && error.Contains("something was expected", StringComparison.Ordinal),
                    Invariant($"{command.Name} {option.Name} '': {code} {error}"), wrong);
            }

            foreach (var argument in command.Arguments)
            {
                var (code, _, error) = await Run([command.Name,
                    .. command.Arguments.Select(other => other == argument ? string.Empty : "x")]);
                Check(code == 1 && error.Contains(argument.Name, StringComparison.Ordinal),
                    Invariant($"{command.Name} {argument.Name}: {code} {error}"), wrong);
            }
        }

        wrong.Should().BeEmpty();
    }

    [Fact]
    public async Task A_choice_names_what_there_is()
    {
        var wrong = new List<string>();
        foreach (var command in Commands())
        {
            foreach (var option in command.Options.Where(option =>
                (Nullable.GetUnderlyingType(option.ValueType) ?? option.ValueType).IsEnum))
            {
                foreach (var value in new[] { "nothing", "7", "", "0" })
                {
                    var (code, _, error) = await Run([command.Name, option.Name, value]);
                    Check(code == 1 && error.Contains(option.Name, StringComparison.Ordinal)
                        && !error.Contains("System.", StringComparison.Ordinal),
                        Invariant($"{command.Name} {option.Name} '{value}': {code} {error}"), wrong);
                }
            }
        }

        wrong.Should().BeEmpty();
    }

    [Theory]
    [InlineData("de-DE")]
    [InlineData("ar-SA")]
    public async Task Numbers_are_read_alike_in_every_culture(string culture)
    {
        var before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo(culture);
            (await Run([.. Arguments("generate"), "--top-p", "0.25", "--temperature", "0.5", "--seed", "-3"])).Code.Should().Be(0);
            (await Run([.. Arguments("generate"), "--top-p", "0,25"])).Error.Should()
                .Contain("--top-p: '0,25' was found; a number such as 0.5 was expected");
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    private static IEnumerable<Command> Commands() => CommandLine.Root().Subcommands;

    // A number of a run that is there would train it; the next test has those that are not there.
    private static IEnumerable<(string Verb, string Option)> Numbers() =>
        from command in Commands()
        from option in command.Options
        where IsNumber(option.ValueType) && option.Name != "--cell"
        select (command.Name, option.Name);

    private static bool IsNumber(Type type) => (Nullable.GetUnderlyingType(type) ?? type) is var plain
        && (plain == typeof(int) || plain == typeof(long) || plain == typeof(double) || plain == typeof(float) || plain == typeof(decimal));

    private static bool IsWhole(string verb, string option)
    {
        var type = Commands().Single(command => command.Name == verb).Options.Single(known => known.Name == option).ValueType;
        return (Nullable.GetUnderlyingType(type) ?? type) != typeof(double);
    }

    private async Task Try(string verb, string option, string value, bool mustRefuse, List<string> wrong)
    {
        var line = $"{verb} {option} {value}";
        try
        {
            var (code, output, error) = await Run([.. Without(verb, option), option, value]);
            if (mustRefuse)
            {
                Check(code == 1 && output.Length == 0 && error.Trim().Contains(option, StringComparison.Ordinal) && !error.Trim()
                    .Contains('\n', StringComparison.Ordinal)
                    && !error.Contains("System.", StringComparison.Ordinal), Invariant($"{line}: {code} {error}"), wrong);
            }
            else
            {
                Check(code == 0, Invariant($"{line}: {code} {error}"), wrong);
            }
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            wrong.Add($"{line}: {failure.GetType().Name} {failure.Message}");
        }
    }

    private static void Check(bool holds, string line, List<string> wrong)
    {
        if (!holds)
        {
            wrong.Add(line.Trim());
        }
    }

    // An option that is given twice is an error of its own.
    private string[] Without(string verb, string option)
    {
        var arguments = Arguments(verb);
        return [.. arguments.Where((word, i) => word != option && (i == 0 || arguments[i - 1] != option))];
    }

    private string[] Arguments(string verb) => verb switch
    {
        "generate" => ["generate", "--model", world.Model, "--prompt", "Say 3", "--max-new-tokens", "3"],
        "chat" => ["chat", "--model", world.Model, "--max-new-tokens", "3"],
        "score" => ["score", "--model", world.Model, "--adapter", world.Reward, "--data", Rows()],
        "compare" => ["compare", Rows(), Rows(), "--reward", world.Reward],
        "prepare" or "train" or "init" => [verb, "x"],
        "mechanisms" => ["mechanisms", "--cells-list"],
        "tokenize" => [verb, "x", "--text", "t"],
        "extend" => [verb, "x", "--token", "t", "--out", "o"],
        "merge" => [verb, "x", "y", "--out", "o"],
        _ => [verb],
    };

    private string Rows() => world.Write("given.jsonl", """{"prompt": "Say 1", "response": "Here it is: 1"}""",
        """{"prompt": "Say 2", "response": "no"}""");

    private static async Task<(int Code, string Output, string Error)> Run(string[] arguments)
    {
        using var input = new StringReader("Say 3\n");
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await CommandLine.RunAsync(arguments, input, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
