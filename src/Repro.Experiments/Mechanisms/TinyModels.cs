using Repro.Core.Chat;
using Repro.Core.Data;
using Repro.Core.Models;
using Repro.Core.Randomness;
using Repro.Core.Tokenization;
using Repro.Core.Training.Policies;
using Repro.Experiments.Adr.Identities;
using static TorchSharp.torch;

namespace Repro.Experiments.Mechanisms;

/// <summary>Models and a tokenizer small enough to be made anew for a check, in milliseconds and from a seed.</summary>
internal static class TinyModels
{
    /// <summary>Two blocks of width 16, of the family of Llama 2. Fresh weights are ten times larger than usual, so that nothing that a
    /// model reads has too little effect to be seen.</summary>
    /// <param name="vocabulary">Number of token ids.</param>
    /// <param name="architecture">Llama or GPT-2.</param>
    internal static ModelConfig Config(int vocabulary, ModelArchitecture architecture = ModelArchitecture.Llama) => new()
    {
        Architecture = architecture,
        VocabularySize = vocabulary,
        HiddenSize = 16,
        IntermediateSize = 32,
        Layers = 2,
        Heads = 2,
        KeyValueHeads = 2,
        HeadSize = 8,
        MaximumPositions = 128,
        NormEpsilon = 1e-5,
        InitializerRange = 0.2,
        AttentionBias = architecture == ModelArchitecture.Gpt2,
        AttentionOutputBias = architecture == ModelArchitecture.Gpt2,
        TiedEmbeddings = architecture == ModelArchitecture.Gpt2,
    };

    /// <summary>Policy and reference in float64 on one Llama. The policy is an adapter that is not its reference: a fresh one changes
    /// nothing, whatever its dropout.</summary>
    /// <param name="vocabulary">Number of token ids.</param>
    /// <param name="seed">Seed of the model; the adapter has the next one.</param>
    /// <param name="disturbance">Seed of what makes the policy another one than its reference.</param>
    /// <param name="dropout">Dropout of the adapter.</param>
    internal static PolicyPair Policies(int vocabulary, long seed, ulong disturbance, double dropout = 0)
    {
        var model = LanguageModel.Create(Config(vocabulary), seed, ScalarType.Float64);
        model.Adapters.Add("policy", Lora(dropout), seed + 1);
        var policy = TrainedModel.InMemory(model, "policy");
        Disturb(policy, disturbance);
        return PolicyPair.SharedBase(policy);
    }

    private static LoraSettings Lora(double dropout) => new() { Rank = 2, Alpha = 4, Targets = ["all-linear"], Dropout = dropout };

    private static void Disturb(TrainedModel policy, ulong seed)
    {
        using var noGrad = no_grad();
        var draws = new Draws(new Xoshiro256(seed));
        foreach (var (_, parameter) in policy.TrainedParameters())
        {
            using var scope = NewDisposeScope();
            parameter.add_(Scalars.From(draws.Reals((int)parameter.numel(), 0.3), parameter.shape).to(parameter.dtype));
        }
    }
}

/// <summary>Conversations of a few words, and a tokenizer that has a token for each of them and for the tags of the thesis.</summary>
internal static class TinyChat
{
    private const string Begin = "<s>";

    private static readonly string[] Words = ["why", "so", "red", "blue", "one", "two", "tree", "sky"];

    /// <summary>Byte-level BPE; texts begin with <c>&lt;s&gt;</c>.</summary>
    internal static BpeTextTokenizer Tokenizer() => BpeTrainer.Train(
        [.. Words, .. Words.Select(word => " " + word), "user", "assistant"],
        new BpeTrainerOptions(400)
        {
            SpecialTokens =
            [
                Begin, TurnTagTemplate.EndToken, "<PAD>", ChatMlTemplate.StartToken, ChatMlTemplate.EndToken, TurnTagTemplate.PrompterTag,
                TurnTagTemplate.AssistantTag, TurnTagTemplate.SystemTag,
            ],
            BeginToken = Begin,
            EndToken = TurnTagTemplate.EndToken,
            PadToken = "<PAD>",
        });

    /// <summary>Tokens as text, one after another with a space between them.</summary>
    internal static string Show(TextTokenizer tokenizer, IEnumerable<int> ids) => string.Join(' ', ids.Select(id => Show(tokenizer, id)));

    /// <summary>Some words.</summary>
    internal static string Text(Draws draws, int most = 5) =>
        string.Join(' ', Enumerable.Range(0, draws.Integer(1, most)).Select(_ => Words[draws.Integer(0, Words.Length - 1)]));

    /// <summary>Questions and answers in turn, the last message being an answer.</summary>
    internal static IReadOnlyList<ChatMessage> Thread(Draws draws, int mostAnswers = 3) =>
    [
        .. Enumerable.Range(0, draws.Integer(1, mostAnswers)).SelectMany(_ => new ChatMessage[]
        {
            new(ChatRole.User, Text(draws)), new(ChatRole.Assistant, Text(draws)),
        }),
    ];

    private static string Show(TextTokenizer tokenizer, int id) => tokenizer.IsSpecial(id)
        ? tokenizer.TokenOf(id)!
        : tokenizer.DecodeIds([id]).Trim(' ').Replace("\n", "\\n", StringComparison.Ordinal);
}
