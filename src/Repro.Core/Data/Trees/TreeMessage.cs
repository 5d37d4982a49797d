using Repro.Core.Text.Chat;

namespace Repro.Core.Data.Trees;

/// <summary>A message of a conversation tree, with the messages that answer it.</summary>
public sealed record TreeMessage
{
    /// <summary>Id, unique within the tree.</summary>
    public required string Id { get; init; }

    /// <summary>User or assistant.</summary>
    public required ChatRole Role { get; init; }

    /// <summary>What is said.</summary>
    public required string Text { get; init; }

    /// <summary>Language code such as <c>en</c> or <c>pt-BR</c>; null where it is not known.</summary>
    public string? Language { get; init; }

    /// <summary>Place among the siblings, 0 is best; null where they were not ranked.</summary>
    public int? Rank { get; init; }

    /// <summary>Whether it was taken back.</summary>
    public bool Deleted { get; init; }

    /// <summary>Whether a model wrote it.</summary>
    public bool Synthetic { get; init; }

    /// <summary>Whether reviewers let it pass; null where the file does not say.</summary>
    public bool? Reviewed { get; init; }

    /// <summary>Labels that have a value, by name; null where the file has none for this message.</summary>
    public IReadOnlyDictionary<string, TreeLabel>? Labels { get; init; }

    /// <summary>Messages that answer this one, in file order; of the other role.</summary>
    public IReadOnlyList<TreeMessage> Replies { get; init; } = [];

    /// <summary>This message and all below it, parents first.</summary>
    public IEnumerable<TreeMessage> All()
    {
        yield return this;
        foreach (var reply in Replies)
        {
            foreach (var message in reply.All())
            {
                yield return message;
            }
        }
    }
}
