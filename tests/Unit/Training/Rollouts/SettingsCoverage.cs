using Repro.Core;

namespace Repro.Tests.Unit.Training.Rollouts;

/// <summary>Asserts that no setting of a record is dead: for each there is a change of it that changes a result.</summary>
internal static class SettingsCoverage
{
    /// <summary>Checks a record.</summary>
    /// <param name="start">Settings in which every key has something to do.</param>
    /// <param name="changes">For each key a change of it.</param>
    /// <param name="result">What a run with the settings gives; equal settings give equal results.</param>
    /// <param name="elsewhere">Keys that another test covers.</param>
    internal static void Check<T>(
        T start, IReadOnlyDictionary<string, Func<T, T>> changes, Func<T, IReadOnlyList<double>> result, params string[] elsewhere)
        where T : class
    {
        typeof(T).GetProperties().Where(property => property.CanWrite).Select(property => property.Name).Except(elsewhere)
            .Should().BeEquivalentTo(changes.Keys, "every key has its change, and every change its key");
        var expected = result(start);
        result(start).Should().Equal(expected, "a result is a function of the settings");
        foreach (var (name, change) in changes)
        {
            var changed = change(start);
            foreach (var property in typeof(T).GetProperties().Where(property => property.CanWrite))
            {
                Equals(property.GetValue(changed), property.GetValue(start))
                    .Should().Be(property.Name != name, $"the change of {name} is one of {property.Name} or not");
            }

            result(changed).SequenceEqual(expected).Should().BeFalse($"{name} must do something");
        }
    }
}
