using Repro.Core.Chat;
using Repro.Core.Configuration;
using Repro.Core.Data;
using Repro.Core.Tokenization;

namespace Repro.Core.Models;

/// <summary>Makes the folder of a model that is trained from nothing: a byte-level BPE tokenizer trained on data sets, and
/// config.json.</summary>
public static class ModelFolder
{
    private const string Pad = "<|pad|>";
    private const string Begin = "<|begin|>";

    /// <summary>Learns the tokenizer and writes the folder.</summary>
    /// <param name="config">Data and sizes.</param>
    /// <param name="folder">Where to; it must be empty or not there.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <returns>The configuration of the model.</returns>
    /// <exception cref="ReproException">The folder holds something, data are not valid, or sizes do not fit together.</exception>
    public static ModelConfig Prepare(PreparationConfig config, string folder, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
        {
            throw new ReproException($"{folder} is not empty; a new folder was expected.");
        }

        if (config.Model.HiddenSize % config.Model.Heads != 0
            || config.Model.Heads % (config.Model.KeyValueHeads ?? config.Model.Heads) != 0)
        {
            throw new ReproException(
                Invariant($"model: {config.Model.HiddenSize} must be a multiple of {config.Model.Heads} heads, ")
                    + Invariant($"and these of {config.Model.KeyValueHeads ?? config.Model.Heads} key and value heads."));
        }

        var tokenizer = BpeTrainer.Train(
            config.Data.SelectMany(set => Texts(set, config.MaximumRows, cancellation)),
            new BpeTrainerOptions(config.VocabularySize)
            {
                SpecialTokens = [Pad, Begin, ChatMlTemplate.StartToken, ChatMlTemplate.EndToken, .. config.SpecialTokens],
                BeginToken = Begin,
                EndToken = ChatMlTemplate.EndToken,
                PadToken = Pad,
            },
            cancellation);
        var model = Sizes(config.Model, tokenizer);
        try
        {
            Directory.CreateDirectory(folder);
            TokenizerWriter.Save(tokenizer, folder);
            ModelConfigFile.Write(Path.Combine(folder, ModelConfigFile.Name), model);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ReproException($"{folder}: cannot be written: {failure.Message}", failure);
        }

        return model;
    }

    private static ModelConfig Sizes(FreshModelSettings sizes, BpeTextTokenizer tokenizer) => new()
    {
        Architecture = ModelArchitecture.Llama,
        VocabularySize = tokenizer.IdLimit,
        HiddenSize = sizes.HiddenSize,
        IntermediateSize = sizes.IntermediateSize,
        Layers = sizes.Layers,
        Heads = sizes.Heads,
        KeyValueHeads = sizes.KeyValueHeads ?? sizes.Heads,
        HeadSize = sizes.HiddenSize / sizes.Heads,
        MaximumPositions = sizes.MaximumPositions,
        NormEpsilon = 1e-5,
        TiedEmbeddings = sizes.TiedEmbeddings,
        InitializerRange = sizes.InitializerRange,
        PadToken = tokenizer.Specials.Pad,
        EndTokens = tokenizer.Specials.End is { } end ? [end] : [],
    };

    private static IEnumerable<string> Texts(DatasetSettings set, int rows, CancellationToken cancellation) =>
        DataFormats.Detect(set, cancellation).Format.ReadMain(new ReadRequest(set.Path, set, new ReadNotes(), cancellation)).Take(rows)
            .SelectMany(Texts);

    private static IEnumerable<string> Texts(IDataRecord record) => record switch
    {
        Conversation conversation => conversation.Messages.Select(message => message.Content),
        PreferenceGroup group => [.. group.Prompt.Select(message => message.Content), .. group.Replies.Select(reply => reply.Text)],
        RatedReply rated => [.. rated.Prompt.Select(message => message.Content), rated.Reply],
        StepwiseSolution solution => [.. solution.Prompt.Select(message => message.Content), .. solution.Steps.Select(step => step.Text)],
        PromptOnly prompt => prompt.Prompt.Select(message => message.Content),
        PlainText plain => [plain.Text],
        _ => throw new ArgumentException($"Records of kind {record.GetType().Name} are not known.", nameof(record)),
    };
}

/// <summary>Sizes of a model of the Llama family that is made from nothing.</summary>
public sealed record FreshModelSettings
{
    /// <summary>Width of the hidden states.</summary>
    [Within(1, 1 << 20)]
    public required int HiddenSize { get; init; }

    /// <summary>Width of the feed-forward layer.</summary>
    [Within(1, 1 << 22)]
    public required int IntermediateSize { get; init; }

    /// <summary>Number of blocks.</summary>
    [Within(1, 10_000)]
    public required int Layers { get; init; }

    /// <summary>Number of query heads; divides the width.</summary>
    [Within(1, 10_000)]
    public required int Heads { get; init; }

    /// <summary>Number of key and value heads; null for as many as there are query heads.</summary>
    [Within(1, 10_000, Instead = "leave the key out for as many as heads")]
    public int? KeyValueHeads { get; init; }

    /// <summary>Longest context.</summary>
    [Within(1, 1 << 24)]
    public int MaximumPositions { get; init; } = 1024;

    /// <summary>Whether the logits come from the embedding matrix.</summary>
    public bool TiedEmbeddings { get; init; } = true;

    /// <summary>Standard deviation of fresh weights.</summary>
    [Above(0)]
    public double InitializerRange { get; init; } = 0.02;
}

/// <summary>What the file says from which a model folder is made: tokenizer and sizes. Weights come with the first stage
/// (<c>model.fresh</c>).</summary>
public sealed record PreparationConfig
{
    /// <summary>What the tokenizer learns from.</summary>
    public required IReadOnlyList<DatasetSettings> Data { get; init; }

    /// <summary>Tokens of the vocabulary, 256 bytes and special tokens included.</summary>
    [Within(300, 1 << 24)]
    public required int VocabularySize { get; init; }

    /// <summary>Special tokens beside those of ChatML, such as the tags of another template.</summary>
    public IReadOnlyList<string> SpecialTokens { get; init; } = [];

    /// <summary>Most rows of each data set that the tokenizer sees.</summary>
    [AtLeast(1, Instead = "leave the key out for no limit")]
    public int MaximumRows { get; init; } = int.MaxValue;

    /// <summary>Sizes of the model.</summary>
    public required FreshModelSettings Model { get; init; }
}
