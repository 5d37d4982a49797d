using Repro.Core.Chat;
using Repro.Core.Models;
using Repro.Core.Tokenization;

namespace Repro.Samples;

/// <summary>
/// A model folder in the Hugging Face layout, small enough to train in seconds: a tokenizer learned from some texts, and the
/// sizes of the model.
/// </summary>
internal sealed class TinyModel : IDisposable
{
    /// <summary>Writes the folder. It has no weights: <c>ModelSettings.Fresh</c> draws them.</summary>
    /// <param name="texts">What the tokenizer learns from.</param>
    internal TinyModel(IEnumerable<string> texts)
    {
        Tokenizer = BpeTrainer.Train(texts, new BpeTrainerOptions(VocabularySize: 320)
        {
            SpecialTokens = ["<|pad|>", ChatMlTemplate.StartToken, ChatMlTemplate.EndToken],
            PadToken = "<|pad|>",
            EndToken = ChatMlTemplate.EndToken,
        });
        TokenizerWriter.Save(Tokenizer, Folder);
        ModelConfigFile.Write(Path.Combine(Folder, ModelConfigFile.Name), new ModelConfig
        {
            Architecture = ModelArchitecture.Llama,
            VocabularySize = Tokenizer.IdLimit,
            HiddenSize = 32,
            IntermediateSize = 64,
            Layers = 2,
            Heads = 4,
            KeyValueHeads = 4,
            HeadSize = 8,
            MaximumPositions = 128,
            NormEpsilon = 1e-5,
            InitializerRange = 0.05,
            PadToken = Tokenizer.Specials.Pad,
            EndTokens = [Tokenizer.Specials.End!.Value],
        });
    }

    internal string Folder { get; } = Directory.CreateTempSubdirectory("repro-sample-").FullName;

    internal BpeTextTokenizer Tokenizer { get; }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
