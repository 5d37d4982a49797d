using Repro.Core.Data.Files;
using Repro.Core.Text.Chat;

namespace Repro.Core.Data.Trees;

/// <summary>Reads conversation trees in the export format of Open Assistant: one tree a row, replies nested in the message that they answer.</summary>
public static class OpenAssistantTrees
{
    /// <summary>The trees of a file.</summary>
    /// <param name="path">A .jsonl or .jsonl.gz file of the form with trees.</param>
    /// <param name="cancellation">Looked at before each tree.</param>
    /// <exception cref="ReproException">While trees are read: the file or a tree is not valid; names line, tree, message and key.</exception>
    public static IEnumerable<MessageTree> Read(string path, CancellationToken cancellation = default) => JsonRows.Read(path, cancellation).Select(Tree);

    private static MessageTree Tree(RowFields row)
    {
        if (!row.Has("prompt") && row.Has("message_id"))
        {
            throw new ReproException($"{row.Where}: a message on its own; the form with whole trees was expected (files that end in .trees.jsonl.gz).");
        }

        var id = row.Content("message_tree_id");
        var tree = row.Within($"tree {id}");
        return new MessageTree(id, tree.OptionalText("tree_state"), Message(tree.Child("prompt"), tree, null, ChatRole.User, new HashSet<string>(StringComparer.Ordinal)));
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
            read[name] = value is >= 0 and <= 1 ? new TreeLabel(value, label.Whole("count", 0, int.MaxValue)) : throw label.Fault("value", "must be a number from 0 to 1");
        }

        return read;
    }
}
