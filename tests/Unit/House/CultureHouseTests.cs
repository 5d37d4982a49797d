using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using Repro.Core;
using Repro.Experiments.Claims;

namespace Repro.Tests.Unit.House;

/// <summary>
/// Nothing that the library writes, reads or orders follows the culture of the user. The analyzers see most of it while compiling
/// (.editorconfig); these tests read the compiled code for what they do not see: holes inside holes, strings as sort keys, lists of numbers
/// that are joined.
/// </summary>
public sealed class CultureHouseTests
{
    private static readonly Assembly[] Assemblies = [typeof(ReproException).Assembly, typeof(RepositoryRoot).Assembly];

    private static readonly string[] Orderings =
    [
        nameof(Enumerable.Order), nameof(Enumerable.OrderDescending), nameof(Enumerable.OrderBy), nameof(Enumerable.OrderByDescending),
        nameof(Enumerable.ThenBy), nameof(Enumerable.ThenByDescending), nameof(Enumerable.Min), nameof(Enumerable.Max),
        nameof(Enumerable.MinBy), nameof(Enumerable.MaxBy), nameof(Array.Sort), nameof(Array.BinarySearch), nameof(IComparable.CompareTo),
        "get_Default",
    ];

    [Fact]
    public void Interpolated_strings_hold_no_number_or_date() => CallsThat(FormatsByCulture).Should().BeEmpty();

    [Fact]
    public void Lists_of_numbers_are_not_joined_or_written_by_culture() => CallsThat(JoinsOrWritesByCulture).Should().BeEmpty();

    [Fact]
    public void Strings_are_ordered_by_a_comparer_that_is_named() => CallsThat(OrdersByCulture).Should().BeEmpty();

    [Fact]
    public void Each_rule_finds_its_fault()
    {
        var calls = CalledMethods.Of(typeof(CultureHouseTests).Assembly)
            .Where(call => call.Caller.DeclaringType == typeof(Faults)).ToList();
        calls.Where(call => FormatsByCulture(call.Called)).Select(call => call.Caller.Name)
            .Should().Equal(nameof(Faults.Nested), nameof(Faults.Nested), nameof(Faults.Record));
        calls.Where(call => JoinsOrWritesByCulture(call.Called)).Select(call => call.Caller.Name)
            .Should().Equal(nameof(Faults.Joined), nameof(Faults.Appended), nameof(Faults.Written));
        calls.Where(call => OrdersByCulture(call.Called)).Select(call => call.Caller.Name)
            .Should().Equal(
                nameof(Faults.Ordered), nameof(Faults.OrderedPairs), nameof(Faults.Sorted), nameof(Faults.Compared),
                nameof(Faults.Dictionary));
    }

    private static string CallsThat(Func<MethodBase, bool> breakRule) => string.Join('\n',
        from assembly in Assemblies
        from call in CalledMethods.Of(assembly)
        where breakRule(call.Called) && call.Caller.Name != "PrintMembers"
        select $"{call.Caller.DeclaringType}.{call.Caller.Name} calls {call.Called.DeclaringType}.{call.Called}");

    /// <summary>
    /// Whole numbers are left to the analyzer, which knows a count that has no sign. It does not look into the holes of string.Create,
    /// which therefore is not used: <see cref="FormattableString.Invariant" /> is the one form.
    /// </summary>
    private static bool FormatsByCulture(MethodBase called) =>
        (called is { Name: nameof(DefaultInterpolatedStringHandler.AppendFormatted), IsGenericMethod: true }
            && called.DeclaringType == typeof(DefaultInterpolatedStringHandler)
            && called.GetGenericArguments()[0] is var hole && hole != typeof(int) && hole != typeof(long) && !WrittenAlike(hole))
        || (called is { Name: nameof(string.Create), IsGenericMethod: false } && called.DeclaringType == typeof(string));

    private static bool JoinsOrWritesByCulture(MethodBase called)
    {
        if (called.DeclaringType == typeof(string) && called.Name is nameof(string.Join) or nameof(string.Concat))
        {
            return called.IsGenericMethod
                ? !WrittenAlike(called.GetGenericArguments()[0])
                : called.GetParameters().Any(p => IsObject(p.ParameterType));
        }

        return (called.DeclaringType == typeof(StringBuilder) && called.Name is nameof(StringBuilder.Append) or nameof(StringBuilder.Insert)
                && called.GetParameters() is [.., { ParameterType: var appended }] parameters && !appended.IsByRef
                && !WrittenAlike(appended)
                // A part of a text: the numbers say where it lies.
                && parameters[0].ParameterType != typeof(string))
            || ((typeof(TextWriter).IsAssignableFrom(called.DeclaringType) || called.DeclaringType == typeof(Console))
                && called.Name is nameof(TextWriter.Write) or nameof(TextWriter.WriteLine)
                && called.GetParameters() is [{ ParameterType: var written }, ..] && !WrittenAlike(written));
    }

    private static bool OrdersByCulture(MethodBase called)
    {
        if (!Orderings.Contains(called.Name)
            && !(called.IsConstructor && called.DeclaringType!.Name.StartsWith("Sorted", StringComparison.Ordinal)))
        {
            return false;
        }

        var comparers = called.GetParameters().Select(p => p.ParameterType)
            .Where(t => t.Name.StartsWith("IComparer", StringComparison.Ordinal) || t.Name == "Comparison`1");
        return !comparers.Any() && OrderedType(called) is { } type && HoldsString(type);
    }

    /// <summary>The type whose values are compared: the key, the element, or the string itself.</summary>
    private static Type? OrderedType(MethodBase called)
    {
        var owner = called.DeclaringType!;
        if (owner.IsGenericType && owner.GetGenericTypeDefinition() == typeof(EqualityComparer<>))
        {
            return null;
        }

        if (called.Name is nameof(Enumerable.Min) or nameof(Enumerable.Max))
        {
            return ((MethodInfo)called).ReturnType;
        }

        return called.Name == nameof(IComparable.CompareTo) ? owner
            : called.IsGenericMethod ? called.GetGenericArguments()[^1] : owner.IsGenericType ? owner.GetGenericArguments()[0] : owner;
    }

    private static bool HoldsString(Type type) =>
        type == typeof(string) || (typeof(IStructuralComparable).IsAssignableFrom(type) && type.GetGenericArguments().Any(HoldsString));

    private static bool IsObject(Type type) => type == typeof(object) || type == typeof(object[]) || type == typeof(ReadOnlySpan<object>);

    /// <summary>Whether values of the type have one text in every culture: texts, truth values, enums, and types that do not format
    /// numbers.</summary>
    private static bool WrittenAlike(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type == typeof(string) || type == typeof(char) || type == typeof(bool) || type == typeof(char[]) || type == typeof(Rune)
            || type == typeof(ReadOnlySpan<char>) || type == typeof(ReadOnlyMemory<char>) || type == typeof(StringBuilder)
            || type == typeof(Version) || type == typeof(Type) || type.IsEnum || (type.IsGenericParameter && type.BaseType == typeof(Enum))
            || SaysItself(type);
    }

    /// <summary>A type of ours that writes its own text, which is checked like all other code; what the compiler writes for a record
    /// follows the culture.</summary>
    private static bool SaysItself(Type type) =>
        Assemblies.Contains(type.Assembly) && type.GetMethod(nameof(ToString), Type.EmptyTypes) is { } own
        && Assemblies.Contains(own.DeclaringType!.Assembly) && !own.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false);

    /// <summary>One fault for each thing that the rules look for.</summary>
    private static class Faults
    {
        internal static string Nested(double x) => string.Create(CultureInfo.InvariantCulture, $"{(x > 0 ? $"{x:F2}" : "none")}");

        internal static string Record(Evidence evidence) => $"{evidence}";

        internal static string Joined(double[] x) => string.Join(", ", x);

        internal static StringBuilder Appended(StringBuilder text, double x) => text.Append(x);

        internal static void Written(TextWriter text, double x) => text.WriteLine(x);

        internal static IEnumerable<string> Ordered(IEnumerable<string> texts) => texts.OrderBy(text => text);

        internal static IEnumerable<(int, string)> OrderedPairs(IEnumerable<(int, string)> texts) => texts.Order();

        internal static void Sorted(List<string> texts) => texts.Sort();

        internal static int Compared((string, int) a, (string, int) b) => a.CompareTo(b);

        internal static SortedDictionary<string, int> Dictionary() => [];
    }
}
