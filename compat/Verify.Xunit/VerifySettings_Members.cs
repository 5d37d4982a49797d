using System.Linq.Expressions;
using System.Reflection;
using VerifyTests.Serialization;

namespace VerifyTests;

/// <content>Which members an object's snapshot holds, and how.</content>
public partial class VerifySettings
{
    public void DontIgnoreEmptyCollections() =>
        Rules.KeepEmptyCollections = true;

    public void DontScrubDateTimes() =>
        Rules.ScrubDateTimes = false;

    public void DontScrubGuids() =>
        Rules.ScrubGuids = false;

    public void ScrubDateTimes() =>
        Rules.ScrubDateTimes = true;

    public void ScrubGuids() =>
        Rules.ScrubGuids = true;

    public void DontSortDictionaries() =>
        Rules.KeepDictionaryOrder = true;

    public void IgnoreStackTrace() =>
        Rules.IgnoreStackTrace = true;

    public void IgnoreMember(Type declaringType, string name) =>
        Rules.Names(MemberRule.Ignore, declaringType, [name]);

    public void IgnoreMember(string name) =>
        Rules.Names(MemberRule.Ignore, [name]);

    public void IgnoreMember<T>(Expression<Func<T, object?>> expression)
        where T : notnull =>
        Rules.Expressions(MemberRule.Ignore, [expression]);

    public void IgnoreMember<T>(string name)
        where T : notnull =>
        Rules.Names(MemberRule.Ignore, typeof(T), [name]);

    public void IgnoreMembers(Func<MemberInfo, bool> predicate) =>
        Rules.Predicate(MemberRule.Ignore, predicate);

    public void IgnoreMembers(Func<string, bool> predicate) =>
        Rules.Predicate(MemberRule.Ignore, predicate);

    public void IgnoreMembers(Type declaringType, params string[] names) =>
        Rules.Names(MemberRule.Ignore, declaringType, names);

    public void IgnoreMembers(params string[] names) =>
        Rules.Names(MemberRule.Ignore, names);

    public void IgnoreMembers<T>(params Expression<Func<T, object?>>[] expressions)
        where T : notnull =>
        Rules.Expressions(MemberRule.Ignore, expressions);

    public void IgnoreMembers<T>(params string[] names)
        where T : notnull =>
        Rules.Names(MemberRule.Ignore, typeof(T), names);

    public void IgnoreMembersWithType(Type type) =>
        Rules.MemberType(MemberRule.Ignore, type);

    public void IgnoreMembersWithType<T>()
        where T : notnull =>
        Rules.MemberType(MemberRule.Ignore, typeof(T));

    public void ScrubMember(Type declaringType, string name) =>
        Rules.Names(MemberRule.Scrub, declaringType, [name]);

    public void ScrubMember(string name) =>
        Rules.Names(MemberRule.Scrub, [name]);

    public void ScrubMember<T>(Expression<Func<T, object?>> expression)
        where T : notnull =>
        Rules.Expressions(MemberRule.Scrub, [expression]);

    public void ScrubMember<T>(string name)
        where T : notnull =>
        Rules.Names(MemberRule.Scrub, typeof(T), [name]);

    public void ScrubMembers(Func<MemberInfo, bool> predicate) =>
        Rules.Predicate(MemberRule.Scrub, predicate);

    public void ScrubMembers(Func<string, bool> predicate) =>
        Rules.Predicate(MemberRule.Scrub, predicate);

    public void ScrubMembers(Type declaringType, params string[] names) =>
        Rules.Names(MemberRule.Scrub, declaringType, names);

    public void ScrubMembers(params string[] names) =>
        Rules.Names(MemberRule.Scrub, names);

    public void ScrubMembers<T>(params Expression<Func<T, object?>>[] expressions)
        where T : notnull =>
        Rules.Expressions(MemberRule.Scrub, expressions);

    public void ScrubMembers<T>(params string[] names)
        where T : notnull =>
        Rules.Names(MemberRule.Scrub, typeof(T), names);

    public void ScrubMembersWithType(Type type) =>
        Rules.MemberType(MemberRule.Scrub, type);

    public void ScrubMembersWithType<T>()
        where T : notnull =>
        Rules.MemberType(MemberRule.Scrub, typeof(T));
}
