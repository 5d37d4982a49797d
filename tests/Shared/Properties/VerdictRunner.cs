using FsCheck;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using Xunit.Sdk;

namespace Repro.Tests;

/// <summary>Keeps FsCheck's result and turns anything but a pass into one readable failure.</summary>
internal sealed class VerdictRunner(Func<object?, string> show) : IRunner
{
    private string _name = "property";
    private TestResult? _result;

    public void OnStartFixture(Type t)
    {
    }

    public void OnArguments(int ntest, FSharpList<object> args, FSharpFunc<int, FSharpFunc<FSharpList<object>, string>> every)
    {
    }

    public void OnShrink(FSharpList<object> args, FSharpFunc<FSharpList<object>, string> everyShrink)
    {
    }

    public void OnFinished(string name, TestResult result)
    {
        _name = name;
        _result = result;
    }

    public void ThrowUnlessPassed(int cases)
    {
        switch (_result)
        {
            case TestResult.Passed passed when passed.Item1.NumberOfTests >= cases:
                return;
            case TestResult.Failed failed:
                throw new XunitException(Describe(failed), Cause(failed));
            case TestResult.Exhausted exhausted:
                throw new XunitException(Invariant($"'{_name}': only {exhausted.Item.NumberOfTests} of {cases} cases met the condition."));
            default:
                throw new XunitException(Invariant($"'{_name}': FsCheck reported no result for {cases} cases."));
        }
    }

    private static Exception? Cause(TestResult.Failed failed) => failed.Item4 is Outcome.Failed outcome ? outcome.Item : null;

    private string Describe(TestResult.Failed failed)
    {
        var data = failed.Item1;
        var cause = Cause(failed) is { } exception ? $"{Environment.NewLine}  reason: {exception.Message}" : string.Empty;
        return Invariant($"'{_name}' is false after {data.NumberOfTests} case(s) and {data.NumberOfShrinks} shrink(s).{Environment.NewLine}")
            + $"  counter-example: {Join(failed.Item3)}{Environment.NewLine}"
            + $"  before shrinking: {Join(failed.Item2)}{cause}{Environment.NewLine}"
            + $"  replay with {Check.ReplayVariable}={failed.Item5.Seed},{failed.Item5.Gamma}";
    }

    private string Join(FSharpList<object> arguments) => string.Join("; ", arguments.Select(show));
}
