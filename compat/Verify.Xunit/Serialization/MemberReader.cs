using System.Collections;
using System.Reflection;
using System.Runtime.Serialization;

namespace VerifyTests.Serialization;

/// <summary>Reads the members of an object that belong into its snapshot, in the order in which they are declared.</summary>
internal sealed class MemberReader(EffectiveRules rules)
{
    private const string ScrubbedText = "{Scrubbed}";

    private static readonly HashSet<string> IgnoredExceptionMembers =
        new([nameof(Exception.HResult), nameof(Exception.Source), nameof(Exception.TargetSite), nameof(Exception.HelpLink)], StringComparer.Ordinal);

    public IEnumerable<SerializedMember> Read(object target) =>
        target is Exception exception ? ReadException(exception) : ReadMembers(target);

    private IEnumerable<SerializedMember> ReadException(Exception exception)
    {
        yield return new SerializedMember("Type", TypeNames.Of(exception.GetType()));
        var members = ReadMembers(exception)
            .Where(member => member.Name != nameof(Exception.StackTrace) && !IgnoredExceptionMembers.Contains(member.Name));
        foreach (var member in members)
        {
            var isMessage = member.Name == nameof(Exception.Message) && exception is ArgumentException;
            yield return isMessage ? member with { Value = OwnMessage((ArgumentException)exception) } : member;
        }

        if (!rules.IgnoreStackTrace && exception.StackTrace is { } trace)
        {
            yield return new SerializedMember(nameof(Exception.StackTrace), StackTraces.Scrub(trace));
        }
    }

    private static string OwnMessage(ArgumentException exception)
    {
        // The runtime appends the parameter's name, which has a member of its own.
        var suffix = $" (Parameter '{exception.ParamName}')";
        return exception.Message.EndsWith(suffix, StringComparison.Ordinal) ? exception.Message[..^suffix.Length] : exception.Message;
    }

    private IEnumerable<SerializedMember> ReadMembers(object target)
    {
        var type = target.GetType();
        foreach (var (member, memberType) in Members(type))
        {
            var rule = rules.RuleFor(type, member, memberType);
            if (rule == MemberRule.Ignore)
            {
                continue;
            }

            if (rule == MemberRule.Scrub)
            {
                yield return new SerializedMember(member.Name, ScrubbedText);
                continue;
            }

            var value = ReadValue(target, member);
            if (!IsLeftOut(value, memberType))
            {
                yield return new SerializedMember(member.Name, value);
            }
        }
    }

    private static IEnumerable<(MemberInfo Member, Type Type)> Members(Type type)
    {
        const BindingFlags flags = BindingFlags.Instance | BindingFlags.Public;
        var fields = type.GetFields(flags).Select(field => ((MemberInfo)field, field.FieldType));
        var properties = type.GetProperties(flags)
            .Where(property => property.GetMethod is { IsPublic: true } && property.GetIndexParameters().Length == 0 && !property.PropertyType.IsByRefLike)
            .Select(property => ((MemberInfo)property, property.PropertyType));
        return fields.Concat(properties)
            .Where(pair => pair.Item1.GetCustomAttribute<ObsoleteAttribute>() is null && pair.Item1.GetCustomAttribute<IgnoreDataMemberAttribute>() is null)
            .OrderBy(pair => pair.Item1 is FieldInfo ? 0 : 1)
            .ThenByDescending(pair => Depth(pair.Item1.DeclaringType))
            .ThenBy(pair => pair.Item1.MetadataToken)
            .DistinctBy(pair => pair.Item1.Name);
    }

    private static int Depth(Type? type) => type is null ? 0 : 1 + Depth(type.BaseType);

    private static object? ReadValue(object target, MemberInfo member)
    {
        try
        {
            return member is PropertyInfo property ? property.GetValue(target) : ((FieldInfo)member).GetValue(target);
        }
        catch (TargetInvocationException exception)
        {
            throw new InvalidOperationException(
                $"Reading {TypeNames.Of(target.GetType())}.{member.Name} failed: {exception.InnerException?.Message} Leave it out with IgnoreMember.",
                exception.InnerException);
        }
    }

    private bool IsLeftOut(object? value, Type memberType)
    {
        if (value is null)
        {
            return true;
        }

        if (value is not string && value is IEnumerable items && !rules.KeepEmptyCollections && IsEmpty(items))
        {
            return true;
        }

        // A false flag is information; a zero of a plain value type is the default and says nothing.
        return memberType.IsValueType && memberType != typeof(bool) && Nullable.GetUnderlyingType(memberType) is null
            && value.Equals(Activator.CreateInstance(memberType));
    }

    private static bool IsEmpty(IEnumerable items)
    {
        if (items is ICollection collection)
        {
            return collection.Count == 0;
        }

        var enumerator = items.GetEnumerator();
        using (enumerator as IDisposable)
        {
            return !enumerator.MoveNext();
        }
    }
}
