using System.Linq.Expressions;
using System.Reflection;

namespace VerifyTests.Serialization;

/// <summary>Which members and values an object's snapshot holds. Instance and global settings each have one; either may rule.</summary>
internal sealed class SerializationRules
{
    private readonly List<(Func<Type, MemberInfo, Type, bool> Matches, MemberRule Rule)> _rules;

    public SerializationRules() => _rules = [];

    private SerializationRules(SerializationRules other)
    {
        _rules = [.. other._rules];
        ScrubGuids = other.ScrubGuids;
        ScrubDateTimes = other.ScrubDateTimes;
        KeepEmptyCollections = other.KeepEmptyCollections;
        KeepDictionaryOrder = other.KeepDictionaryOrder;
        IgnoreStackTrace = other.IgnoreStackTrace;
    }

    /// <summary>Null: as the global settings say.</summary>
    public bool? ScrubGuids { get; set; }

    /// <summary>Null: as the global settings say.</summary>
    public bool? ScrubDateTimes { get; set; }

    public bool KeepEmptyCollections { get; set; }

    public bool KeepDictionaryOrder { get; set; }

    public bool IgnoreStackTrace { get; set; }

    public SerializationRules Clone() => new(this);

    public void Names(MemberRule rule, string[] names)
    {
        var set = CheckNames(names);
        _rules.Add(((_, member, _) => set.Contains(member.Name), rule));
    }

    public void Names(MemberRule rule, Type declaringType, string[] names)
    {
        ArgumentNullException.ThrowIfNull(declaringType);
        var set = CheckNames(names);
        _rules.Add(((type, member, _) => set.Contains(member.Name) && declaringType.IsAssignableFrom(type), rule));
    }

    public void Predicate(MemberRule rule, Func<string, bool> predicate)
    {
        ArgumentNullException.ThrowIfNull(predicate);
        _rules.Add(((_, member, _) => predicate(member.Name), rule));
    }

    public void Predicate(MemberRule rule, Func<MemberInfo, bool> predicate)
    {
        ArgumentNullException.ThrowIfNull(predicate);
        _rules.Add(((_, member, _) => predicate(member), rule));
    }

    public void MemberType(MemberRule rule, Type memberType)
    {
        ArgumentNullException.ThrowIfNull(memberType);
        _rules.Add(((_, _, type) => memberType.IsAssignableFrom(Nullable.GetUnderlyingType(type) ?? type), rule));
    }

    public void Expressions<T>(MemberRule rule, Expression<Func<T, object?>>[] expressions)
    {
        ArgumentNullException.ThrowIfNull(expressions);
        Names(rule, typeof(T), expressions.Select(MemberName).ToArray());
    }

    public MemberRule RuleFor(Type declaringType, MemberInfo member, Type memberType)
    {
        var result = MemberRule.Write;
        foreach (var (matches, rule) in _rules)
        {
            if (rule > result && matches(declaringType, member, memberType))
            {
                result = rule;
            }
        }

        return result;
    }

    private static string MemberName<T>(Expression<Func<T, object?>> expression)
    {
        // A value-typed member is boxed by a conversion node.
        var body = expression.Body is UnaryExpression { NodeType: ExpressionType.Convert } unary ? unary.Operand : expression.Body;
        return body is MemberExpression { Expression: ParameterExpression } access
            ? access.Member.Name
            : throw new ArgumentException($"Expected an expression that names a member, such as x => x.Name, not '{expression}'.", nameof(expression));
    }

    private static HashSet<string> CheckNames(string[] names)
    {
        ArgumentNullException.ThrowIfNull(names);
        return names.Length == 0 || names.Any(string.IsNullOrWhiteSpace)
            ? throw new ArgumentException("Expected at least one member name, none of them empty.", nameof(names))
            : new HashSet<string>(names, StringComparer.Ordinal);
    }
}
