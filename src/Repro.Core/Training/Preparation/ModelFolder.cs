using Repro.Core.Data.Formats;
using Repro.Core.Data.Records;
using Repro.Core.Models;
using Repro.Core.Text;
using Repro.Core.Text.Chat;

namespace Repro.Core.Training.Preparation;

/// <summary>Makes the folder of a model that is trained from nothing: a byte-level BPE tokenizer learnt from data sets, and config.json.</summary>
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

        if (config.Model.HiddenSize % config.Model.Heads != 0 || config.Model.Heads % (config.Model.KeyValueHeads ?? config.Model.Heads) != 0)
        {
            throw new ReproException(
                Invariant($"model: {config.Model.HiddenSize} must be a multiple of {config.Model.Heads} heads, and these of {config.Model.KeyValueHeads ?? config.Model.Heads} key and value heads."));
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
        DataFormats.Find(set.Format).ReadMain(new ReadRequest(set.Path, set, new ReadNotes(), cancellation)).Take(rows).SelectMany(Texts);

    private static IEnumerable<string> Texts(IDataRecord record) => record switch
    {
        Conversation conversation => conversation.Messages.Select(message => message.Content),
        PreferenceGroup group => [.. group.Prompt.Select(message => message.Content), .. group.Replies.Select(reply => reply.Text)],
        RatedReply rated => [.. rated.Prompt.Select(message => message.Content), rated.Reply],
        StepwiseSolution solution => [.. solution.Prompt.Select(message => message.Content), .. solution.Steps.Select(step => step.Text)],
        PromptOnly prompt => prompt.Prompt.Select(message => message.Content),
        _ => throw new ArgumentException($"Records of kind {record.GetType().Name} are not known.", nameof(record)),
    };
}
