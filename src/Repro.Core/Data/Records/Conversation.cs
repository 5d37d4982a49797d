using Repro.Core.Text.Chat;

namespace Repro.Core.Data.Records;

/// <summary>A conversation to learn from, ending with an answer.</summary>
/// <param name="Origin">Where it comes from.</param>
/// <param name="Messages">At least one question and one answer; the last message is the assistant's.</param>
public sealed record Conversation(Origin Origin, IReadOnlyList<ChatMessage> Messages) : IDataRecord;
