using System.Linq.Expressions;
using System.Reflection;
using VerifyTests.Serialization;

namespace VerifyTests;

/// <content>Which members an object's snapshot holds, and how.</content>
public static partial class VerifierSettings
{
    public static void DontIgnoreEmptyCollections() =>
        GlobalSettings.Current.Open().Rules.KeepEmptyCollections = true;

    public static void DontScrubDateTimes() =>
        GlobalSettings.Current.Open().Rules.ScrubDateTimes = false;

    public static void DontScrubGuids() =>
        GlobalSettings.Current.Open().Rules.ScrubGuids = false;

    public static void DontSortDictionaries() =>
        GlobalSettings.Current.Open().Rules.KeepDictionaryOrder = true;

    public static void IgnoreStackTrace() =>
        GlobalSettings.Current.Open().Rules.IgnoreStackTrace = true;

    public static void IgnoreMember(Type declaringType, string name) =>
        GlobalSettings.Current.Open().Rules.Names(MemberRule.Ignore, declaringType, [name]);

    public static void IgnoreMember(string name) =>
        GlobalSettings.Current.Open().Rules.Names(MemberRule.Ignore, [name]);

    public static void IgnoreMember<T>(Expression<Func<T, object?>> expression)
        where T : notnull =>
        GlobalSettings.Current.Open().Rules.Expressions(MemberRule.Ignore, [expression]);

    public static void IgnoreMember<T>(string name)
        where T : notnull =>
        GlobalSettings.Current.Open().Rules.Names(MemberRule.Ignore, typeof(T), [name]);

    public static void IgnoreMembers(Func<MemberInfo, bool> predicate) =>
        GlobalSettings.Current.Open().Rules.Predicate(MemberRule.Ignore, predicate);

    public static void IgnoreMembers(Func<string, bool> predicate) =>
        GlobalSettings.Current.Open().Rules.Predicate(MemberRule.Ignore, predicate);

    public static void IgnoreMembers(Type declaringType, params string[] names) =>
        GlobalSettings.Current.Open().Rules.Names(MemberRule.Ignore, declaringType, names);

    public static void IgnoreMembers(params string[] names) =>
        GlobalSettings.Current.Open().Rules.Names(MemberRule.Ignore, names);

    public static void IgnoreMembers<T>(params Expression<Func<T, object?>>[] expressions)
        where T : notnull =>
        GlobalSettings.Current.Open().Rules.Expressions(MemberRule.Ignore, expressions);

    public static void IgnoreMembers<T>(params string[] names)
        where T : notnull =>
        GlobalSettings.Current.Open().Rules.Names(MemberRule.Ignore, typeof(T), names);

    public static void IgnoreMembersWithType(Type type) =>
        GlobalSettings.Current.Open().Rules.MemberType(MemberRule.Ignore, type);

    public static void IgnoreMembersWithType<T>()
        where T : notnull =>
        GlobalSettings.Current.Open().Rules.MemberType(MemberRule.Ignore, typeof(T));

    public static void ScrubMember(Type declaringType, string name) =>
        GlobalSettings.Current.Open().Rules.Names(MemberRule.Scrub, declaringType, [name]);

    public static void ScrubMember(string name) =>
        GlobalSettings.Current.Open().Rules.Names(MemberRule.Scrub, [name]);

    public static void ScrubMember<T>(Expression<Func<T, object?>> expression)
        where T : notnull =>
        GlobalSettings.Current.Open().Rules.Expressions(MemberRule.Scrub, [expression]);

    public static void ScrubMember<T>(string name)
        where T : notnull =>
        GlobalSettings.Current.Open().Rules.Names(MemberRule.Scrub, typeof(T), [name]);

    public static void ScrubMembers(Func<MemberInfo, bool> predicate) =>
        GlobalSettings.Current.Open().Rules.Predicate(MemberRule.Scrub, predicate);

    public static void ScrubMembers(Func<string, bool> predicate) =>
        GlobalSettings.Current.Open().Rules.Predicate(MemberRule.Scrub, predicate);

    public static void ScrubMembers(Type declaringType, params string[] names) =>
        GlobalSettings.Current.Open().Rules.Names(MemberRule.Scrub, declaringType, names);

    public static void ScrubMembers(params string[] names) =>
        GlobalSettings.Current.Open().Rules.Names(MemberRule.Scrub, names);

    public static void ScrubMembers<T>(params Expression<Func<T, object?>>[] expressions)
        where T : notnull =>
        GlobalSettings.Current.Open().Rules.Expressions(MemberRule.Scrub, expressions);

    public static void ScrubMembers<T>(params string[] names)
        where T : notnull =>
        GlobalSettings.Current.Open().Rules.Names(MemberRule.Scrub, typeof(T), names);

    public static void ScrubMembersWithType(Type type) =>
        GlobalSettings.Current.Open().Rules.MemberType(MemberRule.Scrub, type);

    public static void ScrubMembersWithType<T>()
        where T : notnull =>
        GlobalSettings.Current.Open().Rules.MemberType(MemberRule.Scrub, typeof(T));
}
