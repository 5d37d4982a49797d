using Repro.Core.Data.Records;

namespace Repro.Core.Data.Formats;

/// <summary>One kind of record that a format can be read as.</summary>
/// <param name="Record">Type of the records.</param>
/// <param name="Keys">Settings that have a meaning for it.</param>
/// <param name="Read">Reads one file.</param>
internal sealed record DataView(Type Record, IReadOnlyList<string> Keys, Func<ReadRequest, IEnumerable<IDataRecord>> Read)
{
    internal static DataView Of<T>(Func<ReadRequest, IEnumerable<T>> read, params IReadOnlyList<string> keys)
        where T : class, IDataRecord => new(typeof(T), keys, read);

    /// <summary>What the records are called in messages.</summary>
    internal static string KindOf(Type record) =>
        record == typeof(Conversation) ? "conversations"
        : record == typeof(PreferenceGroup) ? "preferences"
        : record == typeof(RatedReply) ? "ratings"
        : record == typeof(StepwiseSolution) ? "solutions"
        : record == typeof(PromptOnly) ? "prompts"
        : throw new ArgumentException($"{record.Name} is no kind of record that data sets are read as.", nameof(record));
}
