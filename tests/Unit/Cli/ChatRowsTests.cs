using Repro.Core;
using Repro.Experiments;
using Repro.Experiments.Cli;
using Repro.Tests.Shared;

namespace Repro.Tests.Unit.Cli;

/// <summary>Rows of generate and score: what cannot be read is named by file and line before any work begins.</summary>
public sealed class ChatRowsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("""{"prompt": "a", "response": "b", "prompt": "c"}""")]
    [InlineData("""{"prompt": "a", "more": {"x": 1, "x": 2}}""")]
    [InlineData("""{"prompt": "\ud83d", "response": "b"}""")]
    [InlineData("""{"prompt": "a", "response": "\udc00"}""")]
    [InlineData("""{"prompt": "a", "\ud800": 1}""")]
    [InlineData("""{"prompt": "a", "more": [{"x": "\ud800"}]}""")]
    [InlineData("""{"prompt": "a" """)]
    [InlineData("""["a"]""")]
    public void A_row_that_cannot_be_read_is_named_by_its_line(string row)
    {
        var path = Path.Combine(_folder.Path, "rows.jsonl");
        File.WriteAllLines(path, ["""{"prompt": "a whole \ud83d\ude00 pair", "response": "b"}""", string.Empty, row]);
        FluentActions.Invoking(() => ChatRows.Read(path).ToList()).Should().Throw<ReproException>().WithMessage($"{path}:3: *");
    }

    [Fact]
    public async Task A_wrong_option_is_said_on_standard_error_alone()
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await CommandLine.RunAsync(["generate", "--model", "m", "--prompt", "p", "--top-k", "0"], output, error);
        code.Should().Be(1);
        output.ToString().Should().BeEmpty();
        error.ToString().Should().Contain("--top-k");
    }

    public void Dispose() => _folder.Dispose();
}
