using Repro.Core.Adaptive;
using Repro.Core.Batching;
using Repro.Core.Chat;
using Repro.Core.Configuration;
using Repro.Core.Data;
using Repro.Core.Randomness;
using Repro.Core.Tokenization;
using Repro.Core.Training.Planning;
using Repro.Core.Training.Policies;
using Repro.Core.Training.Stages;

namespace Repro.Core.Training.Dpo;

/// <summary>Preference optimisation on given pairs from a file of settings. The reference is the model as it is before training.</summary>
public sealed class DpoStage : DatasetStage<DpoConfig, TokenPair>
{
    /// <inheritdoc/>
    public override string Name => "dpo";

    /// <inheritdoc/>
    public override ITrainer Build(StageConfig config, ReadNotes notes, CancellationToken cancellation)
    {
        var own = (DpoConfig)config;
        var streams = new RandomStreams(own.Seed);
        own.Adaptive?.Check();
        var loss = DpoPairLoss.Create(own.Loss, own.Adaptive);
        var policies = PolicyPair.Load(own.Model, streams, loss.NeedsReference);
        RewardModelLoader? rewardModels = null;
        try
        {
            var (train, heldOut) = Rows(own, policies.Policy, notes, cancellation);
            rewardModels = policies.HasReference ? RewardModels(own, policies, notes) : null;
            var trainer = new DpoTrainer(
                policies, train, heldOut, own.Training, loss, own.Optimizer, own.Schedule, streams,
                rewardModels?.TokenRewards(own.Adaptive));
            return rewardModels is null ? trainer : new OwningTrainer(trainer, [rewardModels]);
        }
        catch
        {
            rewardModels?.Dispose();
            policies.Dispose();
            throw;
        }
    }

    private protected override Workload Work(DpoConfig own, IReadOnlyList<TokenPair> rows)
    {
        var needsReference = DpoPairLoss.HasReference(own.Loss.Kind);
        var separateRewardModel = own.Adaptive?.RewardModel is { } folder && !RewardModelLoader.IsAdapter(folder);
        return Work(own.Training) with
        {
            Texts = 2,
            ForwardPasses = needsReference ? 1 : 0,
            Models = (needsReference && !PolicyPair.SharesWeights(own.Model) ? 2 : 1) + (separateRewardModel ? 1 : 0),
        };
    }

    private protected override int LongestText(DpoConfig own, TokenPair pair) =>
        Math.Max(pair.Chosen.Ids.Length, pair.Rejected.Ids.Length);

    private protected override int Tokens(DpoConfig own, TokenPair pair) => pair.Tokens;

    private protected override void Check(DpoConfig own, PlanBuilder plan)
    {
        RewardModelLoader.Check(plan, own.Adaptive, own.Template);
        plan.Check("loss", () => (own.Loss, Loss(own)));
    }

    private protected override string Finding(DpoConfig own, IReadOnlyList<TokenPair> train, IReadOnlyList<TokenPair> heldOut) =>
        Invariant($"{train.Count:N0} {InvariantText.Noun(train.Count, "pair")} to train on, {heldOut.Count:N0} held out");

    // One line on the loss; throws where its settings do not fit together.
    private static string Loss(DpoConfig own)
    {
        var loss = DpoPairLoss.Create(own.Loss, own.Adaptive);
        DpoTrainer.Check(own.Training, loss);
        var name = ConfigScalars.Print(own.Loss.Kind) + (own.Adaptive is null ? string.Empty : ", adaptive");
        return $"{name}, {(loss.NeedsReference ? "with a reference" : "without a reference")}";
    }

    private static RewardModelLoader? RewardModels(DpoConfig own, PolicyPair policies, ReadNotes notes)
    {
        if (own.Adaptive?.RewardModel is not { } folder)
        {
            return null;
        }

        return own.Training.PrecomputeReference && !policies.SharesBase && RewardModelLoader.IsAdapter(folder)
            ? throw new ReproException(
                "precompute_reference frees the reference, which adaptive.reward_model stands on: leave it out, "
                    + "or name a whole score model.")
            : new RewardModelLoader(
                policies.Reference,
                own.Model.Dtype,
                new PolicyText(own.Model, own.Template, policies.Policy.Language.Config, policies.Policy.Tokenizer),
                notes);
    }

    private protected override (IReadOnlyList<TokenPair> Train, IReadOnlyList<TokenPair> HeldOut) Read(
        DpoConfig own, TextTokenizer tokenizer, ReadNotes notes, CancellationToken cancellation)
    {
        var template = StageTemplate.Find(own.Template, own.Model, tokenizer).Template;
        own.RequireFitting();
        var form = new PairRows(tokenizer, template, own.MaxLength, own.MaxPromptLength);
        var (train, heldOut) = StageData.Load<PreferenceGroup>(own.Data, notes, cancellation);
        TokenPair[] Pairs(PreferenceGroup group) => [.. form.Pairs(group, notes)];
        return ([.. train.Rows(Pairs).SelectMany(pairs => pairs)], [.. heldOut.Rows(Pairs).SelectMany(pairs => pairs)]);
    }
}

/// <summary>What the file of preference optimisation on given pairs says; with <see cref="Adaptive"/> it is ADPO.</summary>
public sealed record DpoConfig : DatasetStageConfig, ICheckedSettings
{
    /// <summary>Most tokens of prompt and response; null for any length.</summary>
    [AtLeast(1, Instead = "null is no limit")]
    public int? MaxLength { get; init; } = 1024;

    /// <summary>Where a text is too long, the last tokens of the prompt that remain.</summary>
    [Within(1, 1 << 24)]
    public int MaxPromptLength { get; init; } = PairRows.DefaultMaxPromptLength;

    /// <summary>The loss of a pair.</summary>
    public DpoLossSettings Loss { get; init; } = new();

    /// <summary>Which tokens count; null for all. With it the stage is ADPO on given pairs.</summary>
    public AdaptiveDpoSettings? Adaptive { get; init; }

    /// <summary>Batches, epochs and lengths of the training.</summary>
    [ConfigInline]
    public required DpoSettings Training { get; init; }

    internal override int? LongestRow => MaxLength;

    string? ICheckedSettings.Problem => PairRows.ProblemOfLengths(MaxLength, MaxPromptLength);
}

/// <summary>Preferences as token pairs. Only the last turn, its end token included, carries loss.</summary>
/// <param name="Tokenizer">Its begin token, where it has one, opens each text.</param>
/// <param name="Template">Form of the turns.</param>
/// <param name="MaxLength">Most tokens of prompt and response; null for any length.</param>
/// <param name="MaxPromptLength">Where a text is too long, the last tokens of the prompt that remain; then the end of the response is
/// cut.</param>
public sealed record PairRows(
    TextTokenizer Tokenizer, ChatTemplate Template, int? MaxLength = 1024, int MaxPromptLength = PairRows.DefaultMaxPromptLength)
{
    /// <summary>Where the settings do not say <c>max_prompt_length</c>.</summary>
    internal const int DefaultMaxPromptLength = 512;

    /// <summary>All pairs of a group, ties left out.</summary>
    /// <param name="group">A prompt with ranked replies.</param>
    /// <exception cref="ReproException">The tokenizer lacks a token of the template, the roles are out of order, or lengths leave no
    /// room.</exception>
    public IEnumerable<TokenPair> Pairs(PreferenceGroup group) => Pairs(group, new ReadNotes());

    /// <summary>All pairs of a group, ties left out.</summary>
    /// <param name="group">A prompt with ranked replies.</param>
    /// <param name="notes">Takes which pairs were cut.</param>
    /// <exception cref="ReproException">As for <see cref="Pairs(PreferenceGroup)"/>.</exception>
    public IEnumerable<TokenPair> Pairs(PreferenceGroup group, ReadNotes notes)
    {
        ArgumentNullException.ThrowIfNull(group);
        ArgumentNullException.ThrowIfNull(notes);
        foreach (var (better, worse) in group.Pairs())
        {
            var (pair, wasCut) = Tokenize(group.Prompt, group.Replies[better].Text, group.Replies[worse].Text);
            if (wasCut)
            {
                notes.Change(Invariant($"a pair is longer than max_length {MaxLength} and was cut"), group.Origin.Place);
            }

            yield return pair;
        }
    }

    /// <summary>One pair.</summary>
    /// <param name="prompt">Ends with a message of the user.</param>
    /// <param name="chosen">The preferred reply.</param>
    /// <param name="rejected">The rejected reply.</param>
    /// <exception cref="ReproException">As for <see cref="Pairs(PreferenceGroup)"/>.</exception>
    public TokenPair Pair(IReadOnlyList<ChatMessage> prompt, string chosen, string rejected) => Tokenize(prompt, chosen, rejected).Pair;

    private (TokenPair Pair, bool WasCut) Tokenize(IReadOnlyList<ChatMessage> prompt, string chosen, string rejected)
    {
        CheckLengths(MaxLength, MaxPromptLength);
        var (first, second) = (Split(prompt, chosen), Split(prompt, rejected));
        // Both prompts are cut by the longer response, so that they stay the same.
        var longest = Math.Max(first.Prompt.Length + first.Response.Length, second.Prompt.Length + second.Response.Length);
        return (new TokenPair(Cut(first, longest), Cut(second, longest)), longest > MaxLength);
    }

    /// <exception cref="ReproException">The lengths leave no room for a response.</exception>
    internal static void CheckLengths(int? maxLength, int maxPromptLength)
    {
        if (ProblemOfLengths(maxLength, maxPromptLength) is { } problem)
        {
            throw new ReproException(problem + ".");
        }
    }

    /// <summary>Why the lengths leave no room for a response, as a sentence without its end; null where they do.</summary>
    internal static string? ProblemOfLengths(int? maxLength, int maxPromptLength) =>
        maxLength is { } most && (maxPromptLength < 1 || maxPromptLength >= most)
            ? Invariant($"max_prompt_length must be from 1 to below max_length ({most}), was {maxPromptLength}")
            : null;

    /// <summary>The tokens of a prompt and of its reply, whole.</summary>
    internal (int[] Prompt, int[] Response) Split(IReadOnlyList<ChatMessage> prompt, string reply)
    {
        var tokens = Template.Encode(Tokenizer, [.. prompt, new ChatMessage(ChatRole.Assistant, reply)], lossFrom: prompt.Count);
        bool InCompletion(int position) => tokens.Messages[position] == prompt.Count && tokens.LossMask[position] != 0;
        var positions = Enumerable.Range(0, tokens.Ids.Length).Where(InCompletion).ToArray();
        if (positions.Length == 0)
        {
            throw new ReproException("The template leaves nothing of the reply to learn.");
        }

        int[] before = tokens.Ids[..positions[0]];
        int[] response = tokens.Ids[positions[0]..(positions[^1] + 1)];
        return ChatForms.BeginOf(Template, Tokenizer) is { } begin && (before.Length == 0 || before[0] != begin)
            ? ([begin, .. before], response)
            : (before, response);
    }

    private TokenRow Cut((int[] Prompt, int[] Response) text, int longest) =>
        Row(text.Prompt, text.Response, MaxLength, MaxPromptLength, longest);

    /// <summary>Prompt and response as one row, cut where the longest text that is cut with it is too long.</summary>
    internal static TokenRow Row(int[] prompt, int[] response, int? maxLength, int maxPromptLength, int longest)
    {
        if (maxLength is { } most && longest > most)
        {
            prompt = prompt[Math.Max(0, prompt.Length - maxPromptLength)..];
            response = response[..Math.Min(response.Length, most - prompt.Length)];
        }

        return new TokenRow([.. prompt, .. response], [.. prompt.Select(_ => false), .. response.Select(_ => true)]);
    }
}
