using Repro.Core.Chat;
using Repro.Core.Data;
using Repro.Core.Models;
using Repro.Core.Models.Safetensors;
using Repro.Core.Tokenization;
using Repro.Core.Training.Policies;
using TorchSharp;

namespace Repro.Core.Training.Stages;

/// <summary>
/// What a reward model reads a text with: its own tokenizer and chat template, those of the policy where its folder has none. Text stands
/// between policy and reward model: a response is decoded by the one and encoded by the other. A run and its plan both open reward models
/// here, so that they refuse the same.
/// </summary>
/// <param name="Folder">Where its files are.</param>
/// <param name="IsAdapter">Whether it is an adapter on the policy's base.</param>
/// <param name="Config">Sizes of the model under its head.</param>
/// <param name="Tokenizer">What makes its token ids.</param>
/// <param name="Template">How it reads conversations.</param>
/// <param name="HasTokensOfPolicy">Whether every token id means the same to it as to the policy.</param>
/// <param name="Finding">What was found, in one line.</param>
internal sealed record RewardModelText(
    string Folder,
    bool IsAdapter,
    ModelConfig Config,
    TextTokenizer Tokenizer,
    ChatTemplate Template,
    bool HasTokensOfPolicy,
    string Finding)
{
    /// <summary>How texts are cut for it: as the settings say, and never beyond what it can read.</summary>
    internal PairTruncation Cut(PairTruncation length)
    {
        var most = (int)Math.Min(length.MaxLength, Config.LongestText);
        return new PairTruncation(most, Math.Min(length.MinPromptLength, most));
    }

    private static readonly string[] _tokenizerFiles = ["tokenizer.json", "tokenizer.model"];

    /// <summary>What was found, in one line, with how texts are cut where the model can read fewer than the settings allow.</summary>
    internal string Describe(PairTruncation length) => Cut(length).MaxLength is var most && most < length.MaxLength
        ? Invariant($"{Finding}; cut to its {most} positions") : Finding;

    /// <summary>Checks the folder of a reward model, its tensors by name and shape.</summary>
    /// <param name="path">What the settings name.</param>
    /// <param name="asked">The template that the settings ask for; null for its own.</param>
    /// <param name="policy">The policy.</param>
    /// <exception cref="ReproException">It is no reward model, belongs to another base, or its parts do not fit together.</exception>
    internal static RewardModelText Open(string path, string? asked, PolicyText policy)
    {
        var folder = ModelLocation.Find(path);
        var isAdapter = RewardModelLoader.IsAdapter(folder);
        var config = isAdapter ? policy.Config : WholeModel(folder);
        var found = isAdapter ? $"an adapter with a head{Adapter(folder, policy)}" : "a whole score model";
        var hasTokenizer = Array.Exists(_tokenizerFiles, name => File.Exists(Path.Combine(folder, name)));
        var tokenizer = hasTokenizer ? TokenizerLoader.Load(folder) : policy.Tokenizer;
        if (tokenizer.IdLimit > config.VocabularySize)
        {
            throw new ReproException(Invariant($"{folder}: the tokenizer{(hasTokenizer ? string.Empty : " of the policy")} has ids up to ")
                + Invariant($"{tokenizer.IdLimit - 1}, the reward model only {config.VocabularySize} of them."));
        }

        var same = !hasTokenizer || SameTokens(tokenizer, policy.Tokenizer);
        var template = TemplateOf(folder, asked, same, tokenizer, policy);
        RequireTokens(folder, template.Template, tokenizer);
        var reads = !hasTokenizer ? "the policy's tokenizer, as it has none"
            : same ? "the policy's tokens" : Invariant($"a tokenizer of its own ({tokenizer.Count:N0} tokens), by way of text");
        return new RewardModelText(
            folder, isAdapter, config, tokenizer, template.Template, same, $"{found}; {reads}; template: {template.Origin}");
    }

    /// <summary>Refuses a reward model that shall score single tokens of the policy and has other tokens.</summary>
    /// <param name="key">The setting that names it.</param>
    /// <exception cref="ReproException">Its tokens are not those of the policy.</exception>
    internal void RequireTokensOfPolicy(string key)
    {
        if (!HasTokensOfPolicy)
        {
            throw new ReproException(
                $"{key}: {Folder} has another tokenizer than the policy, so that its scores belong to other tokens; "
                + "token rewards need a reward model with the policy's tokenizer.");
        }
    }

    // By meaning and not by bytes: a tokenizer that another version has saved again is the same one.
    private static bool SameTokens(TextTokenizer own, TextTokenizer other) =>
        own.IdLimit == other.IdLimit && Enumerable.Range(0, own.IdLimit).All(id => own.TokenOf(id) == other.TokenOf(id));

    private static FoundTemplate TemplateOf(string folder, string? asked, bool sameTokens, TextTokenizer tokenizer, PolicyText policy)
    {
        if (asked is not null || ChatForms.Brings(folder))
        {
            return ChatForms.Find(asked, tokenizer, folder);
        }

        // The policy's own template is written for its tokens. A model with other tokens gets it only if the settings name it; otherwise
        // its template is found as the verb `score` finds it.
        var found = sameTokens || policy.Template is not null
            ? StageTemplate.Find(policy.Template, policy.Model, policy.Tokenizer)
            : ChatForms.Find(null, tokenizer);
        return sameTokens || policy.Template is not null ? found with { Origin = $"that of the policy ({found.Origin})" } : found;
    }

    private static void RequireTokens(string folder, ChatTemplate template, TextTokenizer tokenizer)
    {
        try
        {
            _ = new ScoringInput(tokenizer, template, new PairTruncation()).Build([new ChatMessage(ChatRole.User, "a")], "b");
        }
        catch (ReproException failure)
        {
            throw new ReproException($"{folder}: {failure.Message} Set 'template' of the reward to one that fits.", failure);
        }
    }

    private static ModelConfig WholeModel(string folder)
    {
        var config = ModelConfigFile.Read(Path.Combine(folder, ModelConfigFile.Name));
        using var files = SafetensorsFolder.Open(folder);
        ScoreHead.Require(files, wanted: true);
        var shape = files.Entry(ScoreHead.TensorName).Shape;
        if (!shape.SequenceEqual([1, config.HiddenSize]))
        {
            throw new ReproException(
                Invariant($"{folder}: a head {ScoreHead.TensorName} of shape [1, {config.HiddenSize}] was expected, ")
                + $"found [{InvariantText.Join(", ", shape)}]; a reward model has one output.");
        }

        ScoreModel.Load(folder, device: torch.META).Dispose();
        return config;
    }

    // What the finding says of the base that the adapter was trained on.
    private static string Adapter(string folder, PolicyText policy)
    {
        AdapterRewardModel.RequireHead(folder);
        var named = AdapterSet.BaseModel(folder);
        var finding = string.IsNullOrEmpty(named) ? " (it does not name its base; taken for the policy's)" : Base(folder, named, policy);
        using var body = TrainedModel.Shapes(policy.Model with { Adapter = null, Lora = null, TrainedWhole = [] });
        AdapterRewardModel.Load(body.Language, "reward", folder).Dispose();
        return finding;
    }

    private static string Base(string folder, string named, PolicyText policy) => BaseComparison.Describe(named, policy.Model.Path) switch
    {
        BaseComparison.Same => string.Empty,
        BaseComparison.Unknown => $" (trained on '{named}', which is not here to compare with the policy's base {policy.Model.Path})",
        var difference => throw new ReproException(
            $"{folder}: the adapter was trained on {named}, the policy's base is {policy.Model.Path}: {difference}. "
            + "Merge the adapter into its base and name the merged folder."),
    };
}
