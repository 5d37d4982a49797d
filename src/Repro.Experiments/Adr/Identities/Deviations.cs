using Repro.Experiments.Claims;
using static TorchSharp.torch;

namespace Repro.Experiments.Adr.Identities;

/// <summary>Collects, over many cases, how far two ways to compute one quantity lie apart, and how often an exact relation fails.</summary>
internal sealed class Deviations
{
    private readonly List<string> _order = [];
    private readonly Dictionary<string, double> _largest = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (int Failed, int All)> _exact = new(StringComparer.Ordinal);

    /// <summary>The largest difference of all relations; infinite where an exact one failed.</summary>
    public double Worst => _exact.Values.Any(e => e.Failed > 0) ? double.PositiveInfinity : _largest.Values.DefaultIfEmpty(0).Max();

    /// <summary>How often exact relations failed, all together.</summary>
    public int Exceptions => _exact.Values.Sum(e => e.Failed);

    /// <summary>Notes a difference, relative to values above 1.</summary>
    public void Note(string relation, double found, double expected)
    {
        var difference = found.Equals(expected) ? 0 : Math.Abs(found - expected) / Math.Max(1, Math.Abs(expected));
        _largest.TryGetValue(relation, out var before);
        Remember(relation, _largest.ContainsKey(relation));
        _largest[relation] = Math.Max(before, double.IsNaN(difference) ? double.PositiveInfinity : difference);
    }

    /// <summary>Notes the differences of several values; a different number of values is infinitely far.</summary>
    public void Note(string relation, double[] found, double[] expected)
    {
        if (found.Length != expected.Length)
        {
            Note(relation, double.PositiveInfinity, 0);
            return;
        }

        for (var i = 0; i < found.Length; i++)
        {
            Note(relation, found[i], expected[i]);
        }
    }

    /// <summary>Notes the differences of the elements of a tensor.</summary>
    public void Note(string relation, Tensor found, double[] expected) => Note(relation, Values(found), expected);

    /// <summary>Notes whether a relation without rounding holds.</summary>
    public void Exactly(string relation, bool holds)
    {
        Remember(relation, _exact.ContainsKey(relation));
        _exact.TryGetValue(relation, out var before);
        _exact[relation] = (before.Failed + (holds ? 0 : 1), before.All + 1);
    }

    /// <summary>Adds one finding for each relation, in the order in which they were met.</summary>
    public EvidenceBuilder AddTo(EvidenceBuilder evidence, double tolerance)
    {
        foreach (var relation in _order)
        {
            evidence = _exact.TryGetValue(relation, out var exact)
                ? evidence.Require(relation, exact.Failed == 0, Invariant($"{exact.Failed} exceptions in {exact.All}"))
                : evidence.RequireWithin(relation, _largest[relation], tolerance);
        }

        return evidence;
    }

    /// <summary>The outcome in words that stay the same on every processor while rounding explains all differences.</summary>
    public string Summary(double tolerance, int cases = IdentityCases.Count) => Failing(tolerance).ToList() is { Count: > 0 } failed
        ? Invariant($"{failed.Count} of {_order.Count} relations fail over {cases} random cases ({string.Join("; ", failed)})")
        : (_order.Count == 1
                ? $"The relation ({_order[0]}) agrees"
                : Invariant($"All {_order.Count} relations ({string.Join("; ", _order)}) agree"))
            + Invariant($" to {tolerance:G2} over {cases} random cases");

    /// <summary>Relations that fail, with how far or how often.</summary>
    public string Failures(double tolerance) =>
        string.Join(
            "; ",
            Failing(tolerance).Select(
                r => _exact.TryGetValue(r, out var e) ? Invariant($"{r}: {e.Failed} of {e.All}") : Invariant($"{r}: {_largest[r]:G2}")));

    /// <summary>All elements in row-major order.</summary>
    public static double[] Values(Tensor tensor)
    {
        using var wide = tensor.detach().to_type(ScalarType.Float64, copy: true);
        using var flat = wide.contiguous();
        return flat.data<double>().ToArray();
    }

    private IEnumerable<string> Failing(double tolerance) =>
        _order.Where(relation => _exact.TryGetValue(relation, out var exact) ? exact.Failed > 0 : _largest[relation] > tolerance);

    private void Remember(string relation, bool known)
    {
        if (!known)
        {
            _order.Add(relation);
        }
    }
}
