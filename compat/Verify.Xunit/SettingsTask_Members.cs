using System.Linq.Expressions;
using System.Reflection;

namespace VerifyTests;

/// <content>Which members an object's snapshot holds, and how.</content>
public partial class SettingsTask
{
    public SettingsTask DontIgnoreEmptyCollections() =>
        With(settings => settings.DontIgnoreEmptyCollections());

    public SettingsTask DontScrubDateTimes() =>
        With(settings => settings.DontScrubDateTimes());

    public SettingsTask DontScrubGuids() =>
        With(settings => settings.DontScrubGuids());

    public SettingsTask ScrubDateTimes() =>
        With(settings => settings.ScrubDateTimes());

    public SettingsTask ScrubGuids() =>
        With(settings => settings.ScrubGuids());

    public SettingsTask DontSortDictionaries() =>
        With(settings => settings.DontSortDictionaries());

    public SettingsTask IgnoreStackTrace() =>
        With(settings => settings.IgnoreStackTrace());

    public SettingsTask IgnoreMember(Type declaringType, string name) =>
        With(settings => settings.IgnoreMember(declaringType, name));

    public SettingsTask IgnoreMember(string name) =>
        With(settings => settings.IgnoreMember(name));

    public SettingsTask IgnoreMember<T>(Expression<Func<T, object?>> expression)
        where T : notnull =>
        With(settings => settings.IgnoreMember<T>(expression));

    public SettingsTask IgnoreMember<T>(string name)
        where T : notnull =>
        With(settings => settings.IgnoreMember<T>(name));

    public SettingsTask IgnoreMembers(Func<MemberInfo, bool> predicate) =>
        With(settings => settings.IgnoreMembers(predicate));

    public SettingsTask IgnoreMembers(Func<string, bool> predicate) =>
        With(settings => settings.IgnoreMembers(predicate));

    public SettingsTask IgnoreMembers(Type declaringType, params string[] names) =>
        With(settings => settings.IgnoreMembers(declaringType, names));

    public SettingsTask IgnoreMembers(params string[] names) =>
        With(settings => settings.IgnoreMembers(names));

    public SettingsTask IgnoreMembers<T>(params Expression<Func<T, object?>>[] expressions)
        where T : notnull =>
        With(settings => settings.IgnoreMembers<T>(expressions));

    public SettingsTask IgnoreMembers<T>(params string[] names)
        where T : notnull =>
        With(settings => settings.IgnoreMembers<T>(names));

    public SettingsTask IgnoreMembersWithType(Type type) =>
        With(settings => settings.IgnoreMembersWithType(type));

    public SettingsTask IgnoreMembersWithType<T>()
        where T : notnull =>
        With(settings => settings.IgnoreMembersWithType<T>());

    public SettingsTask ScrubMember(Type declaringType, string name) =>
        With(settings => settings.ScrubMember(declaringType, name));

    public SettingsTask ScrubMember(string name) =>
        With(settings => settings.ScrubMember(name));

    public SettingsTask ScrubMember<T>(Expression<Func<T, object?>> expression)
        where T : notnull =>
        With(settings => settings.ScrubMember<T>(expression));

    public SettingsTask ScrubMember<T>(string name)
        where T : notnull =>
        With(settings => settings.ScrubMember<T>(name));

    public SettingsTask ScrubMembers(Func<MemberInfo, bool> predicate) =>
        With(settings => settings.ScrubMembers(predicate));

    public SettingsTask ScrubMembers(Func<string, bool> predicate) =>
        With(settings => settings.ScrubMembers(predicate));

    public SettingsTask ScrubMembers(Type declaringType, params string[] names) =>
        With(settings => settings.ScrubMembers(declaringType, names));

    public SettingsTask ScrubMembers(params string[] names) =>
        With(settings => settings.ScrubMembers(names));

    public SettingsTask ScrubMembers<T>(params Expression<Func<T, object?>>[] expressions)
        where T : notnull =>
        With(settings => settings.ScrubMembers<T>(expressions));

    public SettingsTask ScrubMembers<T>(params string[] names)
        where T : notnull =>
        With(settings => settings.ScrubMembers<T>(names));

    public SettingsTask ScrubMembersWithType(Type type) =>
        With(settings => settings.ScrubMembersWithType(type));

    public SettingsTask ScrubMembersWithType<T>()
        where T : notnull =>
        With(settings => settings.ScrubMembersWithType<T>());
}
