namespace Repro.Core.Data;

/// <summary>Reads conversation trees in the export format of Open Assistant: one tree a row, replies nested in the message that they
/// answer.</summary>
public static class OpenAssistantTrees
{
    /// <summary>The trees of a file.</summary>
    /// <param name="source">A .jsonl or .jsonl.gz file of the form with trees.</param>
    /// <param name="cancellation">Checked before each tree.</param>
    /// <exception cref="ReproException">While trees are read: the file or a tree is not valid; names line, tree, message and
    /// key.</exception>
    public static IEnumerable<MessageTree> Read(RowSource source, CancellationToken cancellation = default) =>
        DataRows.Read(source, cancellation).Select(Tree);

    private static MessageTree Tree(RowFields row)
    {
        if (!row.Has("prompt") && row.Has("message_id"))
        {
            throw new ReproException(
                $"{row.Where}: a message on its own; the form with whole trees was expected (files that end in .trees.jsonl.gz).");
        }

        var id = row.Content("message_tree_id");
        var tree = row.Within($"tree {id}");
        return new MessageTree(
            id,
            tree.OptionalText("tree_state"),
            Message(tree.Child("prompt"), tree, null, ChatRole.User, new HashSet<string>(StringComparer.Ordinal)));
    }

    private static TreeMessage Message(RowFields fields, RowFields tree, string? parent, ChatRole role, HashSet<string> ids)
    {
        var id = fields.Content("message_id");
        var message = fields.Named(tree, $"message {id}");
        if (!ids.Add(id))
        {
            throw new ReproException($"{message.Where}: the id stands in the tree twice.");
        }

        if (parent is not null && message.OptionalText("parent_id") is { } named && named != parent)
        {
            throw message.Fault("parent_id", $"must be '{parent}', the message that it stands under");
        }

        var name = role == ChatRole.User ? "prompter" : "assistant";
        if (message.Text("role") != name)
        {
            throw message.Fault("role", $"must be '{name}' at this place");
        }

        var other = role == ChatRole.User ? ChatRole.Assistant : ChatRole.User;
        return new TreeMessage
        {
            Id = id,
            Role = role,
            Text = message.Text("text"),
            Language = message.OptionalText("lang"),
            Rank = message.OptionalWhole("rank", 0, int.MaxValue),
            Deleted = message.Flag("deleted", false),
            Synthetic = message.Flag("synthetic", false),
            Reviewed = message.Has("review_result") ? message.Flag("review_result", false) : null,
            Labels = message.Has("labels") ? Labels(message.Child("labels")) : null,
            Replies = [.. message.Children("replies", optional: true).Select(reply => Message(reply, tree, id, other, ids))],
        };
    }

    private static Dictionary<string, TreeLabel> Labels(RowFields labels)
    {
        var read = new Dictionary<string, TreeLabel>(StringComparer.Ordinal);
        foreach (var name in labels.Keys())
        {
            var label = labels.Child(name);
            if (!label.Has("value"))
            {
                continue;
            }

            var value = label.Number("value");
            read[name] = value is >= 0 and <= 1
                ? new TreeLabel(value, label.Whole("count", 0, int.MaxValue))
                : throw label.Fault("value", "must be a number from 0 to 1");
        }

        return read;
    }
}

/// <summary>A conversation tree: a prompt and everything that was answered to it.</summary>
/// <param name="Id">Id of the tree.</param>
/// <param name="State">How far annotation came, such as <c>ready_for_export</c>; null where the file does not say.</param>
/// <param name="Prompt">The root, a message of the user.</param>
public sealed record MessageTree(string Id, string? State, TreeMessage Prompt)
{
    /// <summary>The state of trees whose annotation is complete.</summary>
    public const string Finished = "ready_for_export";

    /// <summary>Whether annotation is complete.</summary>
    public bool IsFinished => State == Finished;
}

/// <summary>A message of a conversation tree, with the messages that answer it.</summary>
public sealed record TreeMessage
{
    /// <summary>Id, unique within the tree.</summary>
    public required string Id { get; init; }

    /// <summary>User or assistant.</summary>
    public required ChatRole Role { get; init; }

    /// <summary>The text.</summary>
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

/// <summary>Mean ratings of a message by its annotators.</summary>
/// <param name="Value">Mean, from 0 to 1.</param>
/// <param name="Count">Number of annotators.</param>
public readonly record struct TreeLabel(double Value, int Count);

/// <summary>Which trees are used.</summary>
public sealed record TreeSelection
{
    /// <summary>Language codes of the prompts that are used; empty for all.</summary>
    public IReadOnlyList<string> Languages { get; init; } = [];

    /// <summary>Whether only trees count whose annotation is complete.</summary>
    public bool FinishedOnly { get; init; } = true;

    /// <summary>Whether only trees count whose prompt passed the review.</summary>
    public bool ReviewedOnly { get; init; } = true;

    /// <summary>Why a tree is left out; null where it is used.</summary>
    /// <param name="tree">The tree.</param>
    public string? ReasonAgainst(MessageTree tree)
    {
        ArgumentNullException.ThrowIfNull(tree);
        return FinishedOnly && !tree.IsFinished ? "the tree is not finished"
            : ReviewedOnly && tree.Prompt.Reviewed != true ? "the prompt did not pass the review"
            : Languages.Count > 0 && !Languages.Contains(tree.Prompt.Language, StringComparer.OrdinalIgnoreCase) ? "another language"
            : null;
    }
}

/// <summary>
/// Cuts conversation trees into what training takes. A thread is the way from the root to a message; threads with a deleted or a synthetic
/// message are never used.
/// </summary>
public static class TreeThreads
{
    /// <summary>Conversations along the best replies, from the root to a leaf.</summary>
    /// <remarks>
    /// Every message of the assistant has a rank below <paramref name="ranks"/>, or none and no sibling. A user's message at the end is
    /// taken off; of sibling messages there only the first counts, so that no conversation comes twice.
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
                   new(set, tree.Id, thread[^1].Id),
                   Messages(thread),
                   [.. replies.Take(maximumReplies).Select(reply => new RankedReply(reply.Text, reply.Rank!.Value))]);
    }

    /// <summary>Ranked replies one by one with their labels; the threads are those of <see cref="Ranked"/>, all replies are kept.</summary>
    /// <param name="tree">The tree.</param>
    /// <param name="set">Name of the data set.</param>
    /// <param name="required">Labels that a reply must have.</param>
    /// <param name="notes">Takes what was left out.</param>
    /// <returns>Rows without a score.</returns>
    public static IEnumerable<RatedReply> Rated(MessageTree tree, string set, IReadOnlyCollection<string> required, ReadNotes? notes = null)
    {
        ArgumentNullException.ThrowIfNull(tree);
        ArgumentNullException.ThrowIfNull(required);
        return from thread in Threads(tree)
               where thread[^1].Role == ChatRole.User
               let replies = RankedReplies(thread[^1])
               where replies.Count >= 2
               let prompt = Messages(thread)
               from reply in replies
               where HasLabels(tree, reply, required, notes)
               select new RatedReply(
                   new(set, tree.Id, reply.Id),
                   prompt,
                   reply.Text,
                   reply.Labels!.ToDictionary(label => label.Key, label => label.Value.Value, StringComparer.Ordinal),
                   null);
    }

    private static bool HasLabels(MessageTree tree, TreeMessage reply, IReadOnlyCollection<string> required, ReadNotes? notes)
    {
        var missing = reply.Labels is { } labels ? required.FirstOrDefault(name => !labels.ContainsKey(name)) : "any";
        if (missing is not null)
        {
            notes?.Add($"the reply lacks the label '{missing}'", $"tree {tree.Id}: message {reply.Id}");
        }

        return missing is null;
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

    private static List<ChatMessage> Messages(List<TreeMessage> thread) =>
        thread.ConvertAll(message => new ChatMessage(message.Role, message.Text));

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
