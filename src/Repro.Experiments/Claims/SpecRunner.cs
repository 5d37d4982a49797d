using System.Diagnostics;
using Repro.Core;
using Repro.Core.Hardware;

namespace Repro.Experiments.Claims;

/// <summary>Runs specs and turns their evidence into verdicts. A spec that throws fails alone; the others run on.</summary>
/// <param name="inputs">What the specs read.</param>
/// <param name="registry">The specs.</param>
public sealed class SpecRunner(ExperimentInputs inputs, SpecRegistry registry)
{
    /// <summary>What to do where TorchSharp finds no LibTorch, as beside the installed tool.</summary>
    internal const string MissingLibTorch =
        "LibTorch is missing, or not one that TorchSharp can load: name its folder with --libtorch or "
        + $"{LibTorch.FolderVariable}, such as torch/lib of a Python installation";

    /// <summary>Whether TorchSharp found no LibTorch when it was first used.</summary>
    internal static bool LibTorchIsMissing(TypeInitializationException failure) => failure.TypeName == typeof(TorchSharp.torch).FullName;

    /// <summary>Verifies one claim.</summary>
    /// <param name="claim">The claim.</param>
    /// <param name="cancellation">Stops the run.</param>
    /// <exception cref="ReproException">The claim has no spec.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public ClaimResult Run(Claim claim, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(claim);
        var spec = registry.Find(claim.Id) ?? throw new ReproException($"{claim.Source}: claim {claim.Id} has no spec");
        var clock = Stopwatch.StartNew();
        try
        {
            var context = new SpecContext(claim, inputs, cancellation);
            var evidence = spec.Check(context);
            var altered = inputs.Deviations(evidence.Files);
            if (altered.Count > 0)
            {
                return OfAltered(claim, evidence, altered, clock.Elapsed.TotalSeconds);
            }

            return new ClaimResult(claim, VerdictRule.Decide(claim, evidence.Findings), evidence, null, clock.Elapsed.TotalSeconds)
            {
                UnreadValues = context.UnreadValues,
            };
        }
        catch (ReproException e)
        {
            return new ClaimResult(claim, null, null, $"{claim.Id}: {e.Message}", clock.Elapsed.TotalSeconds);
        }
        catch (TypeInitializationException e) when (LibTorchIsMissing(e))
        {
            return new ClaimResult(claim, null, null, $"{claim.Id}: {MissingLibTorch}", clock.Elapsed.TotalSeconds);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return new ClaimResult(
                claim,
                null,
                null,
                $"{claim.Id} ({registry.Owner(claim.Id)?.Name}): {e.GetType().Name}: {e.Message}",
                clock.Elapsed.TotalSeconds);
        }
    }

    // What was computed stays in the evidence, but it says nothing about the paper.
    private static ClaimResult OfAltered(Claim claim, Evidence evidence, IReadOnlyList<string> altered, double seconds)
    {
        var findings = altered.Select(file => new Finding("the input is the released file", Outcome.Absent, null, null, file));
        var explained = evidence with
        {
            Findings = [.. evidence.Findings, .. findings],
            Explanation = $"No verdict: {string.Join("; ", altered)}. From this copy: {evidence.Explanation}",
        };
        return new ClaimResult(claim, VerdictRule.Decide(claim, explained.Findings), explained, null, seconds) { AlteredFiles = altered };
    }

    /// <summary>Verifies several claims in order.</summary>
    /// <param name="claims">The claims; those without a spec are left out.</param>
    /// <param name="progress">Told of each claim before it runs, with its index; may be null.</param>
    /// <param name="cancellation">Stops the run.</param>
    public IEnumerable<ClaimResult> RunAll(
        IEnumerable<Claim> claims, Action<int, Claim>? progress = null, CancellationToken cancellation = default)
    {
        var index = 0;
        foreach (var claim in claims.Where(c => registry.Find(c.Id) is not null))
        {
            cancellation.ThrowIfCancellationRequested();
            progress?.Invoke(index++, claim);
            yield return Run(claim, cancellation);
        }
    }
}

/// <summary>What one run of one spec gave.</summary>
/// <param name="Claim">The claim.</param>
/// <param name="Verdict">The verdict, or null when the spec failed to run or there is none.</param>
/// <param name="Evidence">The evidence, or null when the spec failed to run or there is none.</param>
/// <param name="Error">Why the spec failed to run, or null.</param>
/// <param name="Seconds">Wall time.</param>
public sealed record ClaimResult(Claim Claim, Verdict? Verdict, Evidence? Evidence, string? Error, double Seconds)
{
    /// <summary>What is wrong with the released files that it rests on, in words; empty for files as they were released.</summary>
    public IReadOnlyList<string> AlteredFiles { get; init; } = [];

    /// <summary>Names of printed values of the claim that its spec did not read, so that no verdict rests on them.</summary>
    public IReadOnlyList<string> UnreadValues { get; init; } = [];

    /// <summary>A claim that nothing here can check: what it says is known, a verdict is not.</summary>
    /// <param name="claim">The claim.</param>
    internal static ClaimResult Unchecked(Claim claim) => new(claim, null, null, null, 0);

    /// <summary>A sentence for each of <see cref="UnreadValues"/>, with file and line.</summary>
    internal IEnumerable<string> DescribeUnread() => UnreadValues.Select(name =>
        $"{Claim.Source}: claim {Claim.Id} has a value '{name}' that its spec does not read; remove it, or let the spec read it");

    /// <summary>One line for each altered file of several results, with the number of claims that it leaves without a verdict.</summary>
    /// <param name="results">The results.</param>
    internal static IReadOnlyList<string> DescribeAltered(IEnumerable<ClaimResult> results) =>
    [
        .. results.SelectMany(result => result.AlteredFiles).GroupBy(file => file, StringComparer.Ordinal)
            .Select(file => Invariant($"{file.Key} ({file.Count()} claims without a verdict)")),
    ];
}
