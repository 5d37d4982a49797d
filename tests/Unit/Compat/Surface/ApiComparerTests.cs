namespace Repro.Tests.Unit.Compat.Surface;

/// <summary>The comparer itself: what it must accept and what it must not let pass.</summary>
public sealed class ApiComparerTests
{
    private const string Namespace = "Repro.Tests.Unit.Compat.Surface.ApiComparerTests.";

    private static readonly string[] Faithful =
    [
        Namespace + "Sample<T>  [abstract class] : System.IDisposable where T : class, new()",
        Namespace + "Sample<T>.Sample(int size = 3)  [ctor protected]",
        Namespace + "Sample<T>.Add(long? dim = null, double eps = 1E-08, float scale = 1f, System.DayOfWeek day = System.DayOfWeek.Friday) -> T?",
        Namespace + "Sample<T>.Pair(params (string name, T value)[] pairs) -> System.Collections.Generic.IEnumerable<(int a, (int b, int) c)>  [static]",
        Namespace + "Sample<T>.Convert<TOther>(ref TOther value, out string? text) -> TOther where TOther : unmanaged  [virtual]",
        Namespace + "Sample<T>.Dispose() -> void",
        Namespace + "Sample<T>.ToString() -> string  [override]",
        Namespace + "Sample<T>.this[params long[] index] { get; set; } : T",
        Namespace + "Sample<T>.Count { get; } : int  [protected abstract]",
        Namespace + "Sample<T>.Limit : int = 7  [field const]",
        Namespace + "Sample<T>.Names : string[][,]?  [field static readonly]",
        Namespace + "Sample<T>.op_Implicit(int size) -> " + Namespace + "Sample<T>?  [static]",
        Namespace + "Sample<T>.Old() -> void  [obsolete]",
        Namespace + "Sample<T>.Inner  [readonly struct]",
        Namespace + "Sample<T>.Kind  [enum] : int",
        Namespace + "Sample<T>.Kind.Some = 4",
        Namespace + "Sample<T>.Handler  (T item) -> bool  [delegate]",
    ];

    [Fact]
    public void A_faithful_list_has_no_violation()
    {
        Violations(Faithful).Should().BeEmpty();
    }

    [Theory]
    [InlineData("[abstract class] : System.IDisposable", "[abstract class] : System.ICloneable")]
    [InlineData("[abstract class]", "[class]")]
    [InlineData("where T : class, new()", "where T : class")]
    [InlineData("[ctor protected]", "[ctor]")]
    [InlineData("int size = 3", "int size = 4")]
    [InlineData("long? dim", "long dim")]
    [InlineData("1E-08", "1E-07")]
    [InlineData("1f", "1")]
    [InlineData("DayOfWeek.Friday", "DayOfWeek.Monday")]
    [InlineData("double eps", "double epsilon")]
    [InlineData("(string name, T value)[] pairs", "(string key, T value)[] pairs")]
    [InlineData("(int b, int) c", "(int b, int d) c")]
    [InlineData("params (", "(")]
    [InlineData("ref TOther", "TOther")]
    [InlineData("out string", "ref string")]
    [InlineData("where TOther : unmanaged", "where TOther : struct")]
    [InlineData("[virtual]", "[protected]")]
    [InlineData("{ get; set; }", "{ get; }")]
    [InlineData("[protected abstract]", "[protected virtual]")]
    [InlineData("= 7", "= 8")]
    [InlineData("[field static readonly]", "[field static]")]
    [InlineData("string[][,]", "string[,][]")]
    [InlineData("-> void  [obsolete]", "-> void")]
    [InlineData("[readonly struct]", "[struct]")]
    [InlineData("Some = 4", "Some = 5")]
    [InlineData("(T item) -> bool", "(T item) -> int")]
    public void Any_difference_is_a_violation(string listed, string other)
    {
        var list = Faithful.Select(line => line.Replace(listed, other, StringComparison.Ordinal)).ToArray();
        list.Should().NotEqual(Faithful, "the case must change the list");

        Violations(list).Should().NotBeEmpty();
    }

    [Fact]
    public void Every_line_is_needed_except_that_of_an_override()
    {
        foreach (var line in Faithful.Where(line => !line.Contains("[override]", StringComparison.Ordinal)))
        {
            Violations(Faithful.Except([line]).ToArray()).Should().HaveCountGreaterOrEqualTo(1, "'{0}' is missing", line);
        }

        Violations(Faithful.Where(line => !line.Contains("[override]", StringComparison.Ordinal)).ToArray()).Should().BeEmpty();
    }

    [Fact]
    public void Version_marks_short_names_and_conversion_operators_are_understood()
    {
        var list = ApiList.Read(
        [
            "N.A  [class]  [static]  {31.12.5 only}",
            "N.A.implicit operator Task<X>(A value)  [static]",
            "N.A.Use(params object? [] values) -> void where T : notnull [obsolete]  {31.12.5 only}",
        ]);

        list.Lines.Select(line => line.Entry.ToString()).Should().Equal(
            "N.A  [class static]",
            "N.A.op_Implicit(A value) -> Task<X>  [static]",
            "N.A.Use(params object[] values) -> void  [obsolete]");
        list.Lines.Select(line => line.Entry.Owner).Should().Equal("N.A", "N.A", "N.A");
    }

    private static IEnumerable<string> Violations(string[] list)
    {
        var reader = new ApiReader(qualified: true);
        var types = ApiReader.VisibleTypes(typeof(ApiComparerTests).Assembly)
            .Where(type => type == typeof(Sample<>) || type.DeclaringType == typeof(Sample<>));
        var parsed = ApiList.Read(list);
        return types.SelectMany(reader.Read).Where(entry => !entry.Signature.Contains("Handler.", StringComparison.Ordinal)).Select(parsed.Violation).OfType<string>();
    }

    public abstract class Sample<T> : IDisposable
        where T : class, new()
    {
        public const int Limit = 7;

        public static readonly string[][,]? Names = [];

        protected Sample(int size = 3) => Size = size;

        public delegate bool Handler(T item);

        public enum Kind
        {
            Some = 4,
        }

        protected abstract int Count { get; }

        internal int Size { get; }

        public T this[params long[] index]
        {
            get => new();
            set => _ = value;
        }

        public static implicit operator Sample<T>?(int size) => null;

        public static IEnumerable<(int a, (int b, int) c)> Pair(params (string name, T value)[] pairs) => [];

        public T? Add(long? dim = null, double eps = 1E-08, float scale = 1f, DayOfWeek day = DayOfWeek.Friday) => null;

        public virtual TOther Convert<TOther>(ref TOther value, out string? text)
            where TOther : unmanaged
        {
            text = null;
            return value;
        }

        public void Dispose() => GC.SuppressFinalize(this);

        public override string ToString() => "sample";

        [Obsolete("sample")]
        public void Old()
        {
        }

        public readonly struct Inner;
    }
}
