using System.Globalization;
using FsCheck;
using FsCheck.Fluent;

namespace Repro.Tests;

/// <summary>
/// Runs properties through FsCheck inside an ordinary xunit fact. It lives in the root test namespace so that its name wins over
/// <c>FsCheck.Check</c> in every test file.
/// </summary>
/// <remarks>
/// The seed of a property follows from its name, so that a run repeats itself. The environment variable <see cref="ReplayVariable"/> changes
/// that: <c>SEED,GAMMA</c> as printed by a failure replays it, <c>random</c> draws a fresh seed.
/// </remarks>
internal static class Check
{
    public const string ReplayVariable = "REPRO_REPLAY";

    public const int DefaultCases = 200;

    /// <summary>Checks a predicate on values that shrink as <paramref name="values"/> says.</summary>
    /// <param name="name">The property in words; also determines the default seed.</param>
    /// <param name="values">Generator and shrinker.</param>
    /// <param name="predicate">The property.</param>
    /// <param name="cases">Number of cases that must pass.</param>
    /// <param name="show">How to print a counter-example; <see cref="Show.Value"/> by default.</param>
    /// <exception cref="Xunit.Sdk.XunitException">The property is false, threw, or rejected too many cases.</exception>
    public static void That<T>(string name, Arbitrary<T> values, Func<T, bool> predicate, int cases = DefaultCases, Func<T, string>? show = null) =>
        Run(name, Prop.ForAll(values, predicate), cases, Printer(show), Environment.GetEnvironmentVariable(ReplayVariable));

    /// <summary>Checks assertions: the property fails where <paramref name="assertion"/> throws.</summary>
    public static void That<T>(string name, Arbitrary<T> values, Action<T> assertion, int cases = DefaultCases, Func<T, string>? show = null) =>
        Run(name, Prop.ForAll(values, assertion), cases, Printer(show), Environment.GetEnvironmentVariable(ReplayVariable));

    /// <summary>As the first form, without shrinking.</summary>
    public static void That<T>(string name, Gen<T> values, Func<T, bool> predicate, int cases = DefaultCases, Func<T, string>? show = null) =>
        That(name, Arb.From(values), predicate, cases, show);

    /// <summary>As the second form, without shrinking.</summary>
    public static void That<T>(string name, Gen<T> values, Action<T> assertion, int cases = DefaultCases, Func<T, string>? show = null) =>
        That(name, Arb.From(values), assertion, cases, show);

    /// <summary>Checks a property that FsCheck's own combinators built (labels, conditions).</summary>
    public static void That(string name, FsCheck.Property property, int cases = DefaultCases) =>
        Run(name, property, cases, Show.Value, Environment.GetEnvironmentVariable(ReplayVariable));

    internal static void Run(string name, FsCheck.Property property, int cases, Func<object?, string> show, string? replay)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(cases);
        var (seed, gamma) = SeedFor(name, replay);
        var runner = new VerdictRunner(show);
        property.Check(Config.Quick.WithMaxTest(cases).WithName(name).WithRunner(runner).WithReplay(seed, gamma));
        runner.ThrowUnlessPassed(cases);
    }

    internal static (ulong Seed, ulong Gamma) SeedFor(string name, string? replay)
    {
        if (string.IsNullOrWhiteSpace(replay))
        {
            return FromHash(name);
        }

        if (replay == "random")
        {
            return FromHash(Guid.NewGuid().ToString());
        }

        var parts = replay.Split(',');
        if (parts.Length == 2
            && ulong.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var seed)
            && ulong.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var gamma)
            && gamma % 2 == 1)
        {
            return (seed, gamma);
        }

        throw new ArgumentException($"{ReplayVariable} must be 'random' or 'SEED,GAMMA' with an odd GAMMA, was '{replay}'.", nameof(replay));
    }

    private static (ulong Seed, ulong Gamma) FromHash(string text)
    {
        // FNV-1a: string.GetHashCode differs from process to process.
        var hash = 14695981039346656037UL;
        foreach (var character in text)
        {
            hash = (hash ^ character) * 1099511628211UL;
        }

        return (hash, (hash * 0x9E3779B97F4A7C15UL) | 1UL);
    }

    private static Func<object?, string> Printer<T>(Func<T, string>? show) =>
        show is null ? Show.Value : value => value is T typed ? show(typed) : Show.Value(value);
}
