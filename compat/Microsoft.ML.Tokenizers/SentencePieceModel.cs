using Google.Protobuf;

namespace Microsoft.ML.Tokenizers;

/// <summary>The fields of a SentencePiece model file that a BPE tokenizer needs.</summary>
internal sealed class SentencePieceModel
{
    public const int Control = 3;
    public const int Unknown = 2;
    public const int Byte = 6;

    public List<(string Piece, float Score, int Kind)> Pieces { get; } = [];

    public int ModelType { get; private set; } = 1;

    public bool ByteFallback { get; private set; }

    public bool WhitespaceAsSuffix { get; private set; }

    public int UnknownId { get; private set; }

    public int BeginId { get; private set; } = 1;

    public int EndId { get; private set; } = 2;

    public string UnknownToken { get; private set; } = "<unk>";

    public string BeginToken { get; private set; } = "<s>";

    public string EndToken { get; private set; } = "</s>";

    public bool AddDummyPrefix { get; private set; } = true;

    public bool RemoveExtraWhitespaces { get; private set; } = true;

    public bool EscapeWhitespaces { get; private set; } = true;

    public static SentencePieceModel Read(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        var model = new SentencePieceModel();
        var input = new CodedInputStream(memory.ToArray());
        for (uint tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
        {
            switch (tag >> 3)
            {
                case 1:
                    model.ReadPiece(input.ReadBytes().CreateCodedInput());
                    break;
                case 2:
                    model.ReadTrainer(input.ReadBytes().CreateCodedInput());
                    break;
                case 3:
                    model.ReadNormalizer(input.ReadBytes().CreateCodedInput());
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }

        return model;
    }

    private void ReadPiece(CodedInputStream input)
    {
        (string Piece, float Score, int Kind) piece = ("", 0, 1);
        for (uint tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
        {
            switch (tag >> 3)
            {
                case 1:
                    piece.Piece = input.ReadString();
                    break;
                case 2:
                    piece.Score = input.ReadFloat();
                    break;
                case 3:
                    piece.Kind = input.ReadEnum();
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }

        Pieces.Add(piece);
    }

    private void ReadTrainer(CodedInputStream input)
    {
        for (uint tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
        {
            switch (tag >> 3)
            {
                case 3:
                    ModelType = input.ReadEnum();
                    break;
                case 24:
                    WhitespaceAsSuffix = input.ReadBool();
                    break;
                case 35:
                    ByteFallback = input.ReadBool();
                    break;
                case 40:
                    UnknownId = input.ReadInt32();
                    break;
                case 41:
                    BeginId = input.ReadInt32();
                    break;
                case 42:
                    EndId = input.ReadInt32();
                    break;
                case 45:
                    UnknownToken = input.ReadString();
                    break;
                case 46:
                    BeginToken = input.ReadString();
                    break;
                case 47:
                    EndToken = input.ReadString();
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }
    }

    private void ReadNormalizer(CodedInputStream input)
    {
        for (uint tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
        {
            switch (tag >> 3)
            {
                case 3:
                    AddDummyPrefix = input.ReadBool();
                    break;
                case 4:
                    RemoveExtraWhitespaces = input.ReadBool();
                    break;
                case 5:
                    EscapeWhitespaces = input.ReadBool();
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }
    }
}
