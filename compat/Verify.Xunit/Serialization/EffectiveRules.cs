using System.Reflection;

namespace VerifyTests.Serialization;

/// <summary>The instance rules over the global ones.</summary>
internal sealed class EffectiveRules(SerializationRules instance, SerializationRules global)
{
    public bool ScrubGuids { get; } = instance.ScrubGuids ?? global.ScrubGuids ?? true;

    public bool ScrubDateTimes { get; } = instance.ScrubDateTimes ?? global.ScrubDateTimes ?? true;

    public bool KeepEmptyCollections { get; } = instance.KeepEmptyCollections || global.KeepEmptyCollections;

    public bool KeepDictionaryOrder { get; } = instance.KeepDictionaryOrder || global.KeepDictionaryOrder;

    public bool IgnoreStackTrace { get; } = instance.IgnoreStackTrace || global.IgnoreStackTrace;

    public MemberRule RuleFor(Type declaringType, MemberInfo member, Type memberType)
    {
        var first = instance.RuleFor(declaringType, member, memberType);
        var second = global.RuleFor(declaringType, member, memberType);
        return first > second ? first : second;
    }
}
