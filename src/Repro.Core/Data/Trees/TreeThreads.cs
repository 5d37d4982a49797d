using Repro.Core.Data.Records;
using Repro.Core.Text.Chat;

namespace Repro.Core.Data.Trees;

/// <summary>
/// Cuts conversation trees into what training takes. A thread is the way from the root to a message; threads with a deleted or a synthetic message are
/// never used.
/// </summary>
public static class TreeThreads
{
    /// <summary>Conversations along the best replies, from the root to a leaf.</summary>
    /// <remarks>
    /// Every message of the assistant has a rank below <paramref name="ranks"/>, or none and no sibling. A user's message at the end is taken off; of
    /// sibling messages there only the first counts, so that no conversation comes twice.
    /// </remarks>
    /// <param name="tree">The tree.</param>
    /// <param name="set">Name of the data set.</param>
    /// <param name="ranks">How many of the best ranks are good enough; 1 for the best one only.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="ranks"/> is below 1.</exception>
    public static IEnumerable<Conversation> BestRanked(MessageTree tree, string set, int ranks = 1)
    {
        ArgumentNullException.ThrowIfNull(tree);
        ArgumentOutOfRangeException.ThrowIfLessThan(ranks, 1);
        return from thread in Threads(tree)
               let last = thread[^1]
               where thread.Count > 1 && last.Replies.Count == 0
               where last.Role == ChatRole.Assistant || ReferenceEquals(thread[^2].Replies[0], last)
               where Enumerable.Range(0, thread.Count).All(i => IsGoodEnough(thread, i, ranks))
               let kept = last.Role == ChatRole.Assistant ? thread : thread.GetRange(0, thread.Count - 1)
               select new Conversation(new(set, tree.Id, kept[^1].Id), Messages(kept));
    }

    /// <summary>Prompts with ranked replies: threads that end with a user's message to which at least two replies were ranked.</summary>
    /// <param name="tree">The tree.</param>
    /// <param name="set">Name of the data set.</param>
    /// <param name="maximumReplies">Best replies that are kept of each prompt.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maximumReplies"/> is below 2.</exception>
    public static IEnumerable<PreferenceGroup> Ranked(MessageTree tree, string set, int maximumReplies = 4)
    {
        ArgumentNullException.ThrowIfNull(tree);
        ArgumentOutOfRangeException.ThrowIfLessThan(maximumReplies, 2);
        return from thread in Threads(tree)
               where thread[^1].Role == ChatRole.User
               let replies = RankedReplies(thread[^1])
               where replies.Count >= 2
               select new PreferenceGroup(
                   new(set, tree.Id, thread[^1].Id), Messages(thread), [.. replies.Take(maximumReplies).Select(reply => new RankedReply(reply.Text, reply.Rank!.Value))]);
    }

    /// <summary>Ranked replies one by one with their labels; the threads are those of <see cref="Ranked"/>, all replies are kept.</summary>
    /// <param name="tree">The tree.</param>
    /// <param name="set">Name of the data set.</param>
    /// <param name="required">Labels that a reply must have.</param>
    /// <returns>Rows without a score.</returns>
    public static IEnumerable<RatedReply> Rated(MessageTree tree, string set, IReadOnlyCollection<string> required)
    {
        ArgumentNullException.ThrowIfNull(tree);
        ArgumentNullException.ThrowIfNull(required);
        return from thread in Threads(tree)
               where thread[^1].Role == ChatRole.User
               let replies = RankedReplies(thread[^1])
               where replies.Count >= 2
               let prompt = Messages(thread)
               from reply in replies
               where reply.Labels is { } labels && required.All(labels.ContainsKey)
               select new RatedReply(
                   new(set, tree.Id, reply.Id), prompt, reply.Text, reply.Labels!.ToDictionary(label => label.Key, label => label.Value.Value, StringComparer.Ordinal), null);
    }

    /// <summary>All threads that end with a user's message.</summary>
    /// <param name="tree">The tree.</param>
    /// <param name="set">Name of the data set.</param>
    public static IEnumerable<PromptOnly> Prompts(MessageTree tree, string set)
    {
        ArgumentNullException.ThrowIfNull(tree);
        return from thread in Threads(tree)
               where thread[^1].Role == ChatRole.User
               select new PromptOnly(new(set, tree.Id, thread[^1].Id), Messages(thread));
    }

    private static bool IsGoodEnough(List<TreeMessage> thread, int index, int ranks) =>
        thread[index].Role != ChatRole.Assistant || (thread[index].Rank is { } rank ? rank < ranks : thread[index - 1].Replies.Count == 1);

    private static List<TreeMessage> RankedReplies(TreeMessage message) =>
        [.. message.Replies.Where(reply => reply.Rank is not null && !reply.Deleted).OrderBy(reply => reply.Rank)];

    private static List<ChatMessage> Messages(List<TreeMessage> thread) => thread.ConvertAll(message => new ChatMessage(message.Role, message.Text));

    // Depth first, parents before children, siblings in file order. What stands below a deleted or synthetic message belongs to no thread.
    private static IEnumerable<List<TreeMessage>> Threads(MessageTree tree)
    {
        var open = new Stack<List<TreeMessage>>();
        open.Push([tree.Prompt]);
        while (open.TryPop(out var thread))
        {
            if (thread[^1].Deleted || thread[^1].Synthetic)
            {
                continue;
            }

            yield return thread;
            foreach (var reply in thread[^1].Replies.Reverse())
            {
                open.Push([.. thread, reply]);
            }
        }
    }
}
