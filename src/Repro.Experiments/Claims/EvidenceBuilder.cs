using Repro.Core.Evaluation.Statistics;

namespace Repro.Experiments.Claims;

/// <summary>Collects the evidence of one spec. Every method returns the builder; <see cref="Explain"/> ends it.</summary>
public sealed class EvidenceBuilder
{
    private readonly UsageLog _usage;
    private readonly string? _family;
    private readonly Dictionary<string, object> _recomputed = new(StringComparer.Ordinal);
    private readonly List<Finding> _findings = [];
    private readonly Dictionary<string, int> _sampleSizes = new(StringComparer.Ordinal);
    private readonly List<NamedInterval> _intervals = [];
    private readonly Dictionary<string, double> _pValues = new(StringComparer.Ordinal);
    private readonly List<ulong> _seeds = [];
    private readonly List<SeedResult> _comparisons = [];

    internal EvidenceBuilder(UsageLog usage, string? family = null)
    {
        _usage = usage;
        _family = family;
    }

    /// <summary>Adds a recomputed number. Not finite numbers are refused: say in words what happened instead.</summary>
    /// <param name="name">Name, unique within the evidence.</param>
    /// <param name="value">Full precision; never rounded for show.</param>
    /// <exception cref="ArgumentException">The value is not finite, or the name is taken.</exception>
    public EvidenceBuilder Value(string name, double value)
    {
        if (!double.IsFinite(value))
        {
            throw new ArgumentException(Invariant($"recomputed '{name}' is {value}: evidence holds finite numbers only"), nameof(value));
        }

        return Add(name, value);
    }

    /// <inheritdoc cref="Value(string, double)"/>
    public EvidenceBuilder Value(string name, long value) => Add(name, value);

    /// <inheritdoc cref="Value(string, double)"/>
    public EvidenceBuilder Value(string name, bool value) => Add(name, value);

    /// <inheritdoc cref="Value(string, double)"/>
    public EvidenceBuilder Value(string name, string value) => Add(name, value);

    /// <summary>Adds a sample size.</summary>
    /// <param name="name">What was counted.</param>
    /// <param name="size">Number of observations.</param>
    public EvidenceBuilder Sample(string name, int size)
    {
        _sampleSizes[name] = size;
        return this;
    }

    /// <summary>Adds an interval.</summary>
    /// <param name="name">What it is an interval of.</param>
    /// <param name="lower">Lower bound.</param>
    /// <param name="upper">Upper bound.</param>
    /// <param name="method">How it was computed.</param>
    /// <param name="level">Two-sided confidence level.</param>
    /// <param name="estimate">The estimate that it is an interval of, or null.</param>
    public EvidenceBuilder Interval(string name, double lower, double upper, string method, double level = 0.95, double? estimate = null)
    {
        _intervals.Add(new NamedInterval(name, lower, upper, level, method, estimate));
        return this;
    }

    /// <summary>Adds a p-value.</summary>
    /// <param name="name">The test and what it was applied to.</param>
    /// <param name="p">The p-value in [0, 1].</param>
    public EvidenceBuilder PValue(string name, double p)
    {
        _pValues.Add(name, p);
        return this;
    }

    /// <summary>Adds the seed of something random.</summary>
    /// <param name="seed">The seed.</param>
    public EvidenceBuilder Seed(ulong seed)
    {
        _seeds.Add(seed);
        return this;
    }

    /// <summary>
    /// Compares a recomputed number with a printed one and records both. They agree when the recomputed number rounds to the printed text;
    /// they agree within rounding when they differ by less than one unit of the last printed place (truncation), or by no more than
    /// <paramref name="inputSlack"/> plus half a unit.
    /// </summary>
    /// <param name="name">Name of the recomputed number.</param>
    /// <param name="published">The printed number.</param>
    /// <param name="recomputed">The recomputed number, in the printed unit.</param>
    /// <param name="inputSlack">The largest error that the rounding of printed inputs can have caused; 0 when no input was printed.</param>
    public EvidenceBuilder Compare(string name, Printed published, double recomputed, double inputSlack = 0)
    {
        ArgumentNullException.ThrowIfNull(published);
        Value(name, recomputed);
        return Check(name, published, recomputed, inputSlack);
    }

    /// <summary>As <see cref="Compare"/>, for a number that is already among the recomputed values, under another name.</summary>
    /// <param name="name">What is compared.</param>
    /// <param name="published">The printed number.</param>
    /// <param name="recomputed">The recomputed number, in the printed unit.</param>
    /// <param name="inputSlack">The largest error that the rounding of printed inputs can have caused.</param>
    public EvidenceBuilder Check(string name, Printed published, double recomputed, double inputSlack = 0)
    {
        ArgumentNullException.ThrowIfNull(published);
        var difference = Math.Abs(recomputed - published.AsTarget());

        // Binary fractions of decimal ties (0.125 printed as 0.13) must count as rounding either way. Never more than a thousandth of the
        // half unit, which large numbers, and small ones printed with an exponent, would else lose in it.
        var epsilon = Math.Min(1e-9 * Math.Max(1, Math.Abs(recomputed)), 1e-3 * published.HalfUnit);
        var outcome = difference <= published.HalfUnit + epsilon ? Outcome.Agrees
            : difference <= published.HalfUnit + inputSlack + epsilon || difference < (2 * published.HalfUnit) - epsilon
                ? Outcome.AgreesWithinRounding
            : Outcome.Disagrees;
        _findings.Add(
            new Finding(
                name,
                outcome,
                published.Text,
                recomputed,
                inputSlack > 0 ? Invariant($"rounding of inputs explains up to {inputSlack:G4}") : string.Empty));
        return this;
    }

    /// <summary>
    /// Compares a number with a printed one where nothing is rounded on either side, such as a setting, and records both: they agree only
    /// when they are equal.
    /// </summary>
    /// <param name="name">Name of the number.</param>
    /// <param name="published">The printed number.</param>
    /// <param name="recomputed">The other number, in the printed unit.</param>
    public EvidenceBuilder CompareExactly(string name, Printed published, double recomputed)
    {
        ArgumentNullException.ThrowIfNull(published);
        Value(name, recomputed);
        var equal = Math.Abs(recomputed - published.AsTarget()) <= 1e-12 * Math.Abs(recomputed);
        _findings.Add(new Finding(name, equal ? Outcome.Agrees : Outcome.Disagrees, published.Text, recomputed, "no rounding allowed"));
        return this;
    }

    /// <summary>Records a condition that the claim says is true.</summary>
    /// <param name="name">The condition in words.</param>
    /// <param name="holds">Whether it is.</param>
    /// <param name="detail">The numbers it rests on; may be empty.</param>
    public EvidenceBuilder Require(string name, bool holds, string detail = "")
    {
        _findings.Add(new Finding(name, holds ? Outcome.Agrees : Outcome.Disagrees, null, null, detail));
        return this;
    }

    /// <summary>
    /// Records that two ways to compute one quantity agree in every case: the largest difference is at most the tolerance. The difference
    /// is shown with the finding but is no recomputed value, because its digits depend on the processor.
    /// </summary>
    /// <param name="name">The relation in words.</param>
    /// <param name="largest">The largest difference over all cases.</param>
    /// <param name="tolerance">The difference that rounding can explain.</param>
    public EvidenceBuilder RequireWithin(string name, double largest, double tolerance)
    {
        var detail = Invariant($"largest difference {largest:G2}, at most {tolerance:G2} allowed");
        _findings.Add(new Finding(name, largest <= tolerance ? Outcome.Agrees : Outcome.Disagrees, null, largest, detail, tolerance));
        return this;
    }

    /// <summary>
    /// Records where a quantity lies against a threshold, judged by its interval: agrees when the interval lies wholly on the claimed side,
    /// disagrees when wholly on the other, undecided when it spans the threshold. The interval is recorded too.
    /// </summary>
    /// <param name="name">The quantity.</param>
    /// <param name="lower">Lower bound.</param>
    /// <param name="upper">Upper bound.</param>
    /// <param name="claimed">The claimed side.</param>
    /// <param name="threshold">The threshold.</param>
    /// <param name="method">How the interval was computed.</param>
    /// <param name="level">Two-sided confidence level.</param>
    public EvidenceBuilder RequireInterval(
        string name, double lower, double upper, Side claimed, double threshold, string method, double level = 0.95)
    {
        Interval(name, lower, upper, method, level);
        var detail = Invariant($"claimed {(claimed == Side.Above ? "above" : "below")} {threshold:G6}; {level:P0} interval [{lower:G6}, ")
            + Invariant($"{upper:G6}]");
        _findings.Add(new Finding(name, VerdictRule.OfInterval(lower, upper, claimed, threshold), null, null, detail, ByChance: true));
        return this;
    }

    /// <summary>
    /// Records which of two sides leads, judged by a two-sided test: agrees when the claimed side leads beyond chance, disagrees when the
    /// other one does, undecided otherwise. The p-value is recorded too.
    /// </summary>
    /// <param name="name">The comparison in words.</param>
    /// <param name="claimed">What is compared, on the side that the claim puts ahead.</param>
    /// <param name="other">The same on the other side; equal values are a tie, which decides nothing.</param>
    /// <param name="p">Two-sided p-value of equal sides.</param>
    /// <exception cref="InvalidOperationException">The claim names a family of tests: its p-values must be corrected together.</exception>
    public EvidenceBuilder RequireLead(string name, double claimed, double other, double p)
    {
        CheckFamily(null);
        PValue(name, p);
        return Lead(name, claimed, other, p, Invariant($"{claimed:G6} against {other:G6}, p = {p:G4}"));
    }

    /// <summary>As the first form, with the p-value corrected over the family of the claim.</summary>
    /// <param name="name">The comparison in words.</param>
    /// <param name="claimed">What is compared, on the side that the claim puts ahead.</param>
    /// <param name="other">The same on the other side.</param>
    /// <param name="family">All tests that are corrected together.</param>
    /// <param name="place">Which of them this is.</param>
    /// <exception cref="InvalidOperationException">The claim names no family, or another one.</exception>
    internal EvidenceBuilder RequireLead(string name, double claimed, double other, TestFamily family, int place)
    {
        ArgumentNullException.ThrowIfNull(family);
        CheckFamily(family.Name);
        var (raw, adjusted) = (family.PValues[place], family.Adjusted[place]);
        PValue(name, raw).PValue($"{name}, {family.Correction}", adjusted);
        return Lead(name, claimed, other, adjusted, Invariant($"{claimed:G6} against {other:G6}, p = {raw:G4}, {adjusted:G4} after ")
            + Invariant($"{family.Correction}"));
    }

    /// <summary>Records that a difference without a claimed direction is told from chance by a test: agrees below the level, else
    /// undecided. The p-value is recorded too. Where the claim has a direction, <see cref="RequireLead(string, double, double, double)"/>
    /// is the right one.</summary>
    /// <param name="name">The test and what it was applied to.</param>
    /// <param name="p">The p-value.</param>
    /// <param name="alpha">Level of the test.</param>
    public EvidenceBuilder RequireSignificant(string name, double p, double alpha = VerdictRule.Level)
    {
        PValue(name, p);
        _findings.Add(new Finding(
            name, p < alpha ? Outcome.Agrees : Outcome.Undecided, null, p, Invariant($"p = {p:G4} at level {alpha:G2}"), ByChance: true));
        return this;
    }

    /// <summary>Records what paired seeds say about the claim; <see cref="SeedEvidence"/> writes the numbers.</summary>
    /// <param name="name">The comparison in words.</param>
    /// <param name="decision">The decision over the seeds.</param>
    /// <param name="claimed">What the claim says.</param>
    /// <param name="detail">The numbers in words.</param>
    internal EvidenceBuilder PairedFinding(string name, PairedDecision decision, PairedOutcome claimed, string detail)
    {
        var outcome = VerdictRule.OfPaired(decision.Outcome, claimed);
        _findings.Add(new Finding(
            name, outcome, null, decision.Estimate, $"claimed: {SeedEvidence.Words(claimed)}; {detail}", ByChance: true));
        return this;
    }

    /// <summary>Records a finding that chance could turn and that a rule of the claim's own decided.</summary>
    /// <param name="name">What was checked.</param>
    /// <param name="outcome">What it says.</param>
    /// <param name="detail">The numbers and the rule in words.</param>
    internal EvidenceBuilder Judged(string name, Outcome outcome, string detail)
    {
        _findings.Add(new Finding(name, outcome, null, null, detail, ByChance: true));
        return this;
    }

    internal EvidenceBuilder Compared(SeedResult result)
    {
        _comparisons.Add(result);
        return this;
    }

    private EvidenceBuilder Lead(string name, double claimed, double other, double p, string detail)
    {
        _findings.Add(new Finding(name, VerdictRule.OfLead(claimed.CompareTo(other), p), null, p, detail, ByChance: true));
        return this;
    }

    private void CheckFamily(string? used)
    {
        if (used != _family)
        {
            throw new InvalidOperationException(
                $"the claim names {(_family is null ? "no family of tests" : $"the family '{_family}'")}, the test belongs to "
                    + $"{(used is null ? "none" : $"'{used}'")}");
        }
    }

    /// <summary>Records that the data do not decide.</summary>
    /// <param name="name">What is open.</param>
    /// <param name="reason">Why.</param>
    public EvidenceBuilder Undecided(string name, string reason) => Remark(name, Outcome.Undecided, reason);

    /// <summary>Records a reservation: the claim holds, but only so. Turns a holding claim into <see cref="Verdict.Qualified"/>.</summary>
    /// <param name="name">What is reserved: revision, definition, subset.</param>
    /// <param name="reason">The reservation in words.</param>
    public EvidenceBuilder Reserve(string name, string reason) => Remark(name, Outcome.Reservation, reason);

    /// <summary>Records that an input is not to be had, which makes the claim <see cref="Verdict.NotRun"/>.</summary>
    /// <param name="name">The input.</param>
    /// <param name="reason">Why it is absent and what would run the claim.</param>
    public EvidenceBuilder Absent(string name, string reason) => Remark(name, Outcome.Absent, reason);

    /// <summary>Ends the evidence.</summary>
    /// <param name="explanation">One or two sentences that carry the numbers.</param>
    /// <exception cref="InvalidOperationException">A printed number was both input and target, or nothing was checked.</exception>
    public Evidence Explain(string explanation)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(explanation);
        var circular = _usage.Targets.Intersect(_usage.Inputs, StringComparer.Ordinal).ToList();
        if (circular.Count > 0)
        {
            throw new InvalidOperationException($"printed number used in its own recomputation: {string.Join(", ", circular)}");
        }

        if (_findings.Count == 0)
        {
            throw new InvalidOperationException("a spec must check something: it recorded no finding");
        }

        return new Evidence(
            _recomputed,
            _findings,
            _sampleSizes,
            _intervals,
            _pValues,
            _seeds,
            [.. _usage.Targets],
            [.. _usage.Inputs],
            [.. _usage.Files.Select(f => new EvidenceFile(f.Key, f.Value))],
            explanation)
        {
            Comparisons = _comparisons,
        };
    }

    private EvidenceBuilder Remark(string name, Outcome outcome, string reason)
    {
        _findings.Add(new Finding(name, outcome, null, null, reason));
        return this;
    }

    private EvidenceBuilder Add(string name, object value)
    {
        if (!_recomputed.TryAdd(name, value))
        {
            throw new ArgumentException($"recomputed '{name}' was given twice", nameof(name));
        }

        return this;
    }
}
