using System.Text.Json;
using Repro.Core;
using Repro.Core.Configuration;
using Repro.Core.Losses;
using Repro.Core.Training.Dpo;
using Repro.Experiments.Claims;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Torch;
using Repro.Tests.Unit.Training.Rollouts;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Training.Dpo;

/// <summary>The settings of pair losses: each does something where it is read, and is refused where it is not.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class DpoLossSettingTests
{
    private static readonly DpoLossSettings _kto = new() { Kind = DpoLossKind.KtoPair };

    /// <summary>By setting: a loss that reads it, and another value.</summary>
    private static readonly Dictionary<string, (DpoLossSettings Reader, Func<DpoLossSettings, DpoLossSettings> Change)> _settings = new()
    {
        [nameof(DpoLossSettings.Kind)] = (new(), settings => settings with { Kind = DpoLossKind.Hinge }),
        [nameof(DpoLossSettings.Beta)] = (new(), settings => settings with { Beta = 0.2 }),
        [nameof(DpoLossSettings.LabelSmoothing)] = (new(), settings => settings with { LabelSmoothing = 0.1 }),
        [nameof(DpoLossSettings.FDivergenceType)] = (new(), settings => settings with { FDivergenceType = DivergenceType.JsDivergence }),
        [nameof(DpoLossSettings.FAlphaDivergenceCoef)] = (
            new() { FDivergenceType = DivergenceType.AlphaDivergence }, settings => settings with { FAlphaDivergenceCoef = 0.5 }),
        [nameof(DpoLossSettings.DiscopopTemperature)] = (
            new() { Kind = DpoLossKind.Discopop }, settings => settings with { DiscopopTemperature = 0.5 }),
        [nameof(DpoLossSettings.CpoAlpha)] = (new() { Kind = DpoLossKind.Cpo }, settings => settings with { CpoAlpha = 0.5 }),
        [nameof(DpoLossSettings.SimpoGamma)] = (new() { Kind = DpoLossKind.Simpo }, settings => settings with { SimpoGamma = 1 }),
        [nameof(DpoLossSettings.DesirableWeight)] = (_kto, settings => settings with { DesirableWeight = 2 }),
        [nameof(DpoLossSettings.UndesirableWeight)] = (_kto, settings => settings with { UndesirableWeight = 2 }),
    };

    private static readonly string[] _names =
        [.. typeof(DpoLossSettings).GetProperties().Where(property => property.CanWrite).Select(property => property.Name)];

    [Fact]
    public void Every_setting_of_the_loss_does_something()
    {
        _settings.Keys.Should().BeEquivalentTo(_names, "a new setting needs a line above");
        foreach (var (name, (reader, change)) in _settings)
        {
            SettingsCoverage.Check(reader, new Dictionary<string, Func<DpoLossSettings, DpoLossSettings>> { [name] = change }, TwoSteps,
                [.. _names.Where(other => other != name)]);
        }
    }

    /// <summary>With every loss a setting changes the loss or is refused by its key. None is ignored.</summary>
    [Fact]
    public void A_setting_that_a_loss_does_not_read_is_refused()
    {
        foreach (var kind in Enum.GetValues<DpoLossKind>())
        {
            var plain = Losses(new DpoLossSettings { Kind = kind });
            foreach (var (name, (_, change)) in _settings.Where(setting => setting.Key != nameof(DpoLossSettings.Kind)))
            {
                try
                {
                    Losses(change(new DpoLossSettings { Kind = kind })).Should().NotEqual(plain, $"{kind} takes {name}");
                }
                catch (ReproException refused)
                {
                    refused.Message.Should().StartWith($"loss.{JsonNamingPolicy.SnakeCaseLower.ConvertName(name)} ", $"of {kind}");
                }
            }
        }
    }

    /// <summary>Which losses there are, and which settings each reads, stands in <c>docs/training.md</c>.</summary>
    [Fact]
    public void The_document_says_what_each_loss_reads()
    {
        static string[] Names(string cell) => [.. cell.Split('`').Where((_, part) => part % 2 == 1).Order(StringComparer.Ordinal)];
        var said = File.ReadLines(Path.Combine(RepositoryRoot.Find(), "docs", "training.md"))
            .SkipWhile(line => !line.StartsWith("| `loss.kind` | loss | settings", StringComparison.Ordinal)).Skip(2)
            .TakeWhile(line => line.StartsWith('|')).Select(line => line.Split('|'))
            .SelectMany(cells => Names(cells[1]).Select(kind => (kind, Names(cells[3]))))
            .ToDictionary(row => row.kind, row => row.Item2);
        // Of these, one is read by all, and one belongs to a divergence.
        string[] others = [nameof(DpoLossSettings.Kind), nameof(DpoLossSettings.Beta), nameof(DpoLossSettings.FAlphaDivergenceCoef)];
        said.Should().BeEquivalentTo(Enum.GetValues<DpoLossKind>().ToDictionary(kind => ConfigScalars.Print(kind), kind => _settings
            .Where(setting => !others.Contains(setting.Key) && IsRead(setting.Value.Change(new DpoLossSettings { Kind = kind })))
            .Select(setting => JsonNamingPolicy.SnakeCaseLower.ConvertName(setting.Key)).Order(StringComparer.Ordinal).ToArray()));
    }

    private static bool IsRead(DpoLossSettings settings) => ((ICheckedSettings)settings).Problem is null;

    private static List<double> TwoSteps(DpoLossSettings loss)
    {
        using var trainer = DpoRuns.Trainer(4, loss: loss, learningRate: 1e-2);
        return [.. trainer.Step(0, CancellationToken.None).Metrics.Values, .. trainer.Step(1, CancellationToken.None).Metrics.Values];
    }

    // Of two pairs of three tokens.
    private static double[] Losses(DpoLossSettings settings)
    {
        using var scope = NewDisposeScope();
        Tensor Side(double first) => (arange(6, ScalarType.Float64).reshape(2, 3) * 0.07 * first) - 1 - first;
        var mask = ones([2, 3], ScalarType.Bool);
        var tokens = new PairTokens(Side(0.5), Side(1), Side(0.7), Side(0.8), mask, mask);
        return new DpoPairLoss(settings).PerPair(tokens).data<double>().ToArray();
    }
}
