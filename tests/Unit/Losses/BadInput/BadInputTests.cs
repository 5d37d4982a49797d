using Repro.Core;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Torch;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Losses.BadInput;

/// <summary>Every function of losses and rewards refuses each of its inputs when that one alone is bad, by name, and nothing stays
/// behind.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class BadInputTests
{
    public static TheoryData<string> Names => [.. Calls.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Each_input_that_is_bad_is_refused_by_name(string function)
    {
        var good = new Inputs();
        Run(function, good);
        good.Ways.Should().NotBeEmpty();
        var accepted = good.Ways.Distinct().Select(spoil => (spoil, Message: Refusal(function, spoil)))
            .Where(found => found.Message is not null);
        accepted.Select(found => $"{found.spoil.Name}, {found.spoil.Way}: {found.Message}").Should().BeEmpty();
    }

    [Fact]
    public void Every_function_of_losses_and_rewards_is_here() =>
        LossHouseTests.Functions()
            .Where(name => !Calls.All.Keys.Any(key => key == name || key.StartsWith(name + " ", StringComparison.Ordinal)))
            .Should().BeEmpty();

    private static void Run(string function, Inputs inputs)
    {
        using var scope = NewDisposeScope();
        Calls.All[function](inputs);
    }

    // What is wrong with the refusal; null where nothing is.
    private static string? Refusal(string function, (string Name, string Way) spoil)
    {
        try
        {
            Run(function, new Inputs(spoil.Name, spoil.Way));
            return "accepted";
        }
        catch (Exception error) when (error is ReproException or ArgumentException)
        {
            return error.Message.Contains(spoil.Name, StringComparison.Ordinal) ? null : error.Message;
        }
    }
}
