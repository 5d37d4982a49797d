using System.Text;
using Google.Protobuf;

namespace Repro.Core.Tokenization;

/// <summary>Kinds of pieces, numbered as in <c>tokenizer.model</c>.</summary>
internal enum PieceKind : byte
{
    /// <summary>Text.</summary>
    Normal = 1,

    /// <summary>Stands for what the vocabulary lacks.</summary>
    Unknown = 2,

    /// <summary>Begin, end and the like; never matches text.</summary>
    Control = 3,

    /// <summary>Text that is always one piece.</summary>
    UserDefined = 4,

    /// <summary>A step on the way to longer pieces, split again if it is left over.</summary>
    Unused = 5,

    /// <summary>One byte of text that the vocabulary lacks.</summary>
    Byte = 6,
}

/// <summary>Settings of a <c>tokenizer.model</c> with the defaults of its format.</summary>
internal sealed record SentencePieceSettings
{
    /// <summary>1 unigram, 2 BPE, 3 word, 4 character.</summary>
    public int ModelType { get; set; } = 1;

    /// <summary>Text outside the vocabulary becomes byte pieces.</summary>
    public bool ByteFallback { get; set; }

    /// <summary>The mark of a space goes to the end of a word instead of its start.</summary>
    public bool SpaceAsSuffix { get; set; }

    /// <summary>Id of the begin piece, or negative.</summary>
    public int BeginId { get; set; } = 1;

    /// <summary>Id of the end piece, or negative.</summary>
    public int EndId { get; set; } = 2;

    /// <summary>Id of the padding piece, or negative.</summary>
    public int PadId { get; set; } = -1;

    /// <summary>What the unknown piece decodes to.</summary>
    public string UnknownSurface { get; set; } = " \u2047 ";

    /// <summary>A mark of a space goes in front of every text.</summary>
    public bool AddDummyPrefix { get; set; } = true;

    /// <summary>Spaces at the ends go, runs become one.</summary>
    public bool RemoveExtraSpaces { get; set; } = true;

    /// <summary>Spaces become U+2581.</summary>
    public bool EscapeSpaces { get; set; } = true;

    /// <summary>Bytes of the compiled normalization rules; 0 for identity.</summary>
    public int CharacterMapBytes { get; set; }
}

/// <summary>What a <c>tokenizer.model</c> with a BPE model holds.</summary>
/// <param name="Pieces">Pieces and their ids.</param>
/// <param name="Scores">Score of each piece; the highest merges first.</param>
/// <param name="Kinds">Kind of each piece.</param>
/// <param name="Settings">Trainer and normalizer settings that matter for encoding.</param>
internal sealed record SentencePieceModel(Vocabulary Pieces, float[] Scores, PieceKind[] Kinds, SentencePieceSettings Settings);

/// <summary>Reads <c>tokenizer.model</c>: a protocol buffer, taken apart field by field so that nothing is allocated before it is known to
/// be there.</summary>
internal static class SentencePieceModelReader
{
    /// <summary>Reads the file.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="source">Its name for complaints.</param>
    /// <exception cref="ReproException">Anything in the file does not fit.</exception>
    public static SentencePieceModel Read(byte[] bytes, string source)
    {
        try
        {
            return Check(ReadModel(bytes, source), source);
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or InvalidDataException or InvalidOperationException)
        {
            throw new ReproException($"{source} is not a readable SentencePiece model: {e.Message}", e);
        }
    }

    private static SentencePieceModel ReadModel(byte[] bytes, string source)
    {
        int count = CountPieces(bytes);
        var pieces = new Vocabulary(count);
        var scores = new float[count];
        var kinds = new PieceKind[count];
        var settings = new SentencePieceSettings();
        var input = new CodedInputStream(bytes);
        int next = 0;
        for (uint tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
        {
            switch (tag)
            {
                case (1 << 3) | 2:
                    string piece = ReadPiece(input, bytes, source, next, out scores[next], out kinds[next]);
                    if (piece.Length == 0 || !pieces.TryAdd(piece, next))
                    {
                        throw new ReproException(Invariant($"{source}: piece {next} '{piece}' is empty or stands there twice."));
                    }

                    next++;
                    break;
                case (2 << 3) | 2:
                    ReadTrainer(input, settings);
                    break;
                case (3 << 3) | 2:
                    ReadNormalizer(input, settings);
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }

        return new SentencePieceModel(pieces, scores, kinds, settings);
    }

    private static int CountPieces(byte[] bytes)
    {
        var input = new CodedInputStream(bytes);
        int count = 0;
        for (uint tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
        {
            count += tag == ((1 << 3) | 2) ? 1 : 0;
            input.SkipLastField();
        }

        return count;
    }

    private static string ReadPiece(CodedInputStream input, byte[] bytes, string source, int index, out float score, out PieceKind kind)
    {
        string piece = "";
        score = 0;
        kind = PieceKind.Normal;
        long end = MessageEnd(input);
        while (input.Position < end)
        {
            uint tag = input.ReadTag();
            switch (tag)
            {
                case (1 << 3) | 2:
                    piece = ReadText(input, bytes) ?? throw new ReproException(Invariant($"{source}: piece {index} is not valid UTF-8."));
                    break;
                case (2 << 3) | 5:
                    score = input.ReadFloat();
                    break;
                case 3 << 3:
                    int number = input.ReadEnum();
                    kind = number is >= 1 and <= 6
                        ? (PieceKind)number
                        : throw new ReproException(Invariant($"{source}: piece {index} has kind {number}; kinds go from 1 to 6."));
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }

        CheckEnd(input, end);
        return float.IsNaN(score) ? throw new ReproException(Invariant($"{source}: piece {index} has no number as its score.")) : piece;
    }

    private static void ReadTrainer(CodedInputStream input, SentencePieceSettings settings)
    {
        long end = MessageEnd(input);
        while (input.Position < end)
        {
            switch (input.ReadTag())
            {
                case 3 << 3:
                    settings.ModelType = input.ReadEnum();
                    break;
                case 24 << 3:
                    settings.SpaceAsSuffix = input.ReadBool();
                    break;
                case 35 << 3:
                    settings.ByteFallback = input.ReadBool();
                    break;
                case 41 << 3:
                    settings.BeginId = input.ReadInt32();
                    break;
                case 42 << 3:
                    settings.EndId = input.ReadInt32();
                    break;
                case 43 << 3:
                    settings.PadId = input.ReadInt32();
                    break;
                case (44 << 3) | 2:
                    settings.UnknownSurface = input.ReadString();
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }

        CheckEnd(input, end);
    }

    private static void ReadNormalizer(CodedInputStream input, SentencePieceSettings settings)
    {
        long end = MessageEnd(input);
        while (input.Position < end)
        {
            switch (input.ReadTag())
            {
                case (2 << 3) | 2:
                    settings.CharacterMapBytes = input.ReadBytes().Length;
                    break;
                case 3 << 3:
                    settings.AddDummyPrefix = input.ReadBool();
                    break;
                case 4 << 3:
                    settings.RemoveExtraSpaces = input.ReadBool();
                    break;
                case 5 << 3:
                    settings.EscapeSpaces = input.ReadBool();
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }

        CheckEnd(input, end);
    }

    private static long MessageEnd(CodedInputStream input)
    {
        int length = input.ReadLength();
        return input.Position + length;
    }

    private static void CheckEnd(CodedInputStream input, long end)
    {
        if (input.Position != end)
        {
            throw new InvalidDataException("A message is longer or shorter than it says.");
        }
    }

    // Invalid bytes would come out as U+FFFD, which is also a legal piece.
    private static string? ReadText(CodedInputStream input, byte[] bytes)
    {
        string text = input.ReadString();
        if (!text.Contains('\uFFFD'))
        {
            return text;
        }

        byte[] again = Encoding.UTF8.GetBytes(text);
        int start = (int)input.Position - again.Length;
        return start >= 0 && bytes.AsSpan(start, again.Length).SequenceEqual(again) ? text : null;
    }

    private static SentencePieceModel Check(SentencePieceModel model, string source)
    {
        if (model.Settings.ModelType != 2)
        {
            throw new ReproException(Invariant($"{source}: model_type is {model.Settings.ModelType}; only 2 (BPE) is supported."));
        }

        if (model.Settings.CharacterMapBytes > 0)
        {
            throw new ReproException(
                Invariant($"{source}: normalizer_spec.precompiled_charsmap has {model.Settings.CharacterMapBytes} bytes; ")
                    + "only identity normalization is supported.");
        }

        int unknown = model.Kinds.Count(kind => kind == PieceKind.Unknown);
        if (unknown != 1)
        {
            throw new ReproException(Invariant($"{source} has {unknown} unknown pieces; it must have one."));
        }

        for (int id = 0; id < model.Kinds.Length; id++)
        {
            if (model.Kinds[id] == PieceKind.Byte && ByteFallbackDecoder.ByteOf(model.Pieces.TokenOf(id)!) < 0)
            {
                throw new ReproException(
                    Invariant($"{source}: piece {id} '{model.Pieces.TokenOf(id)}' is a byte piece, but not of the form <0x0A>."));
            }
        }

        if (model.Settings.ByteFallback)
        {
            for (int value = 0; value < 256; value++)
            {
                if (model.Pieces.IdOf($"<0x{value:X2}>") is not { } id || model.Kinds[id] != PieceKind.Byte)
                {
                    throw new ReproException($"{source}: byte_fallback is set, but the byte piece <0x{value:X2}> is missing.");
                }
            }
        }

        return model;
    }
}
