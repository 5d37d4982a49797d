using System.Collections;
using System.Globalization;
using FsCheck;
using FsCheck.Fluent;

namespace Repro.Tests.Properties.Shared;

/// <summary>A drawn value. It prints with its members, numbers in full, so that a counter-example can be typed into a test.</summary>
public abstract record Drawn
{
    public sealed override string ToString() => $"{GetType().Name}({string.Join(", ", Draw.Members(this).Select(Text))})";

    private static string Text(object? value) => value switch
    {
        null => "null",
        string text => "\"" + text + "\"",
        IEnumerable sequence => "[" + string.Join(", ", sequence.Cast<object?>().Select(Text)) + "]",
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "null",
    };
}

/// <summary>How values are drawn, and how a counter-example becomes smaller.</summary>
internal static class Draw
{
    /// <summary>A double of a range, on a grid fine enough to be arbitrary and coarse enough to tie.</summary>
    public static Gen<double> Real(double low, double high) => Gen.Choose(0, 10_000).Select(i => low + ((high - low) * i / 10_000));

    /// <summary>
    /// Values of a positional record. A counter-example shrinks member by member as FsCheck shrinks each type (lists lose entries,
    /// numbers come closer to 0);
    /// what <paramref name="possible"/> refuses is left out, so that only values are tried that could have been drawn.
    /// </summary>
    /// <param name="generator">Draws a value.</param>
    /// <param name="possible">Whether a value belongs to the domain.</param>
    /// <param name="smaller">Further smaller values, where several members must change together.</param>
    public static Arbitrary<T> Of<T>(Gen<T> generator, Func<T, bool> possible, Func<T, IEnumerable<T>>? smaller = null)
        where T : Drawn => Arb.From(generator, value => (smaller?.Invoke(value) ?? []).Concat(Smaller(value)).Where(possible));

    /// <summary>The list without each of its entries in turn.</summary>
    public static IEnumerable<T[]> Without<T>(T[] list) => Enumerable.Range(0, list.Length).Select(i => Without(list, i));

    /// <summary>The list without the entry at a place.</summary>
    public static T[] Without<T>(T[] list, int place) => [.. list[..place], .. list[(place + 1)..]];

    /// <summary>The members of a positional record in their order.</summary>
    public static object?[] Members(object value) =>
        [
            .. value.GetType().GetConstructors().Single().GetParameters()
                .Select(parameter => value.GetType().GetProperty(parameter.Name!)!.GetValue(value)),
        ];

    private static IEnumerable<T> Smaller<T>(T value)
        where T : Drawn
    {
        var make = typeof(T).GetConstructors().Single();
        var (members, parameters) = (Members(value), make.GetParameters());
        for (var i = 0; i < members.Length; i++)
        {
            foreach (var member in ArbMap.Default.ArbFor(parameters[i].ParameterType).Shrinker(members[i]!))
            {
                yield return (T)make.Invoke([.. members[..i], member, .. members[(i + 1)..]]);
            }
        }
    }
}
