using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Repro.Core;
using Repro.Core.Training.Runs;
using Repro.Experiments.Cli;
using Repro.Experiments.Reporting;
using Repro.Tests.Shared;

namespace Repro.Tests.Unit.Cli;

/// <summary>The page of <c>repro runs</c>, from folders that are written by hand.</summary>
public sealed class RunsPageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Settings_that_differ_are_shown_and_equal_ones_are_not()
    {
        Write("a", steps: 3, rate: "0.1");
        Write("b", steps: 3, rate: "0.2");

        var page = Page("a", "b");

        page.Should().Contain("<code>optimizer.learning_rate</code></th><td>0.1</td><td>0.2</td>").And.NotContain("<code>seed</code>");
        Page("a").Should().Contain("There is one run only.");
    }

    [Fact]
    public void Each_metric_is_drawn_for_training_and_held_out_data()
    {
        Write("a", steps: 3, rate: "0.1");

        var page = Page("a");

        Regex.Matches(page, "<h3>(.*?)</h3>", RegexOptions.None, TimeSpan.FromSeconds(1)).Select(match => match.Groups[1].Value)
            .Should().Equal("loss, held out", "loss, training", "accuracy, training");
        page.Should().Contain("{\"run\":\"a\",\"step\":2,\"value\":0.5}").And.Contain("{\"run\":\"a\",\"step\":3,\"value\":7}")
            .And.Contain("Not drawn (--metric NAME draws them): odd, learning_rate");
        Page(["odd"], "a").Should().Contain("odd, training").And.NotContain("loss, training");
    }

    [Fact]
    public void States_files_and_names_are_told_and_encoded()
    {
        Write("a", steps: 3, rate: "0.1");
        Write("x/a", steps: 3, rate: "0.1", error: "a <b> & more");
        _folder.Write("a/final/step", "3\n");
        _folder.Write("a/card.md", "# card");

        var page = Page("a", "x/a");

        page.Should().Contain("<td>finished</td>").And.Contain("<td>failed: a &lt;b&gt; &amp; more</td>")
            .And.Contain("<a href=\"a/card.md\">card.md</a>").And.Contain("<a href=\"x/a/metrics.jsonl\">")
            .And.Contain($"<th scope=\"row\">{WebUtility.HtmlEncode(Path.Combine(_folder.Path, "x/a"))}</th>");
    }

    [Fact]
    public void A_torn_last_line_and_numbers_that_are_not_finite_are_passed_over()
    {
        Write("a", steps: 3, rate: "0.1");
        File.AppendAllText(Path.Combine(_folder.Path, "a", "metrics.jsonl"),
            "{\"step\":4,\"kind\":\"train\",\"seconds\":1,\"tokens\":1,\"metrics\":{\"loss\":\"NaN\"}}\n{\"step\":5,\"ki");

        var page = Page("a");

        page.Should().Contain("\"step\":3,\"value\":0.3333").And.NotContain("\"step\":4,").And.NotContain("\"step\":5,");
    }

    [Fact]
    public async Task What_is_no_run_and_an_unknown_metric_are_refused()
    {
        Write("a", steps: 3, rate: "0.1");
        using var output = new StringWriter();
        using var error = new StringWriter();

        (await CommandLine.RunAsync(["runs", Path.Combine(_folder.Path, "none")], output, error)).Should().Be(CommandLine.Failure);
        Directory.CreateDirectory(Path.Combine(_folder.Path, "empty"));
        (await CommandLine.RunAsync(["runs", Path.Combine(_folder.Path, "empty")], output, error)).Should().Be(CommandLine.Failure);

        error.ToString().Should().Contain($"error: {Path.Combine(_folder.Path, "none")}: no such folder")
            .And.Contain("empty: is not the folder of a run, and there is none in it");
        FluentActions.Invoking(() => Page(["los"], "a")).Should().Throw<ReproException>()
            .WithMessage("--metric los: no run has it; there are *did you mean 'loss'?");
    }

    public void Dispose() => _folder.Dispose();

    private string Page(params string[] runs) => Page([], runs);

    private string Page(string[] metrics, params string[] runs) =>
        new RunsPage([.. runs.Select(run => RunRecord.Read(Path.Combine(_folder.Path, run)))], _folder.Path, metrics).Write([]);

    private void Write(string run, int steps, string rate, string? error = null)
    {
        var lines = new StringBuilder();
        for (var step = 1; step <= steps; step++)
        {
            lines.Append(CultureInfo.InvariantCulture, $$"""{"step":{{step}},"kind":"train","seconds":0.5,"tokens":100,"metrics":""");
            lines.Append(CultureInfo.InvariantCulture,
                $$"""{"loss":{{1.0 / step}},"odd":{{step}},"learning_rate":0.1,"accuracy":{{step}} } }""").Append('\n');
        }

        lines.Append(CultureInfo.InvariantCulture,
            $$"""{"step":{{steps}},"kind":"evaluation","seconds":0.5,"metrics":{"loss":7} }""").Append('\n');
        _folder.Write($"{run}/metrics.jsonl", lines.ToString());
        _folder.Write($"{run}/resolved.yaml", $"stage: sft\nseed: 1\noptimizer: {{learning_rate: {rate}}}\n");
        var failures = error is null ? string.Empty : $$""", "failures": [{"session": 1, "step": 3, "error": "{{error}}"}]""";
        _folder.Write($"{run}/environment.json", $$"""{"sessions": [{"gpus": [], "processor": "one", "threads": 2}]{{failures}}}""");
    }
}
