using Google.Protobuf;
using Repro.Core.Tokenization;

namespace Repro.Tests.Unit.Tokenization;

/// <summary>Writes small <c>tokenizer.model</c> files: unk, begin, end, 256 bytes, then the pieces given.</summary>
internal static class TinySentencePiece
{
    public const int FirstPiece = 259;

    public static readonly string[] Pieces = ["he", "▁t", "ll", "▁the", "hell", "▁▁", "▁▁▁▁", "▁", "h", "e", "l", "o", "t", "é", "🍞"];

    public static byte[] Bytes(
        bool byteFallback = true,
        int modelType = 2,
        bool extraSpaces = false,
        bool prefix = true,
        bool escape = true,
        bool suffix = false,
        params (string Piece, int Kind)[] more)
    {
        using var stream = new MemoryStream();
        var output = new CodedOutputStream(stream);
        Piece(output, "<unk>", 0, 2);
        Piece(output, "<s>", 0, 3);
        Piece(output, "</s>", 0, 3);
        for (int value = 0; value < 256; value++)
        {
            Piece(output, $"<0x{value:X2}>", 0, 6);
        }

        for (int i = 0; i < Pieces.Length; i++)
        {
            Piece(output, Pieces[i], -i, 1);
        }

        foreach ((string piece, int kind) in more)
        {
            Piece(output, piece, -50, kind);
        }

        Message(output, 2, body =>
        {
            body.WriteTag(3, WireFormat.WireType.Varint);
            body.WriteEnum(modelType);
            body.WriteTag(35, WireFormat.WireType.Varint);
            body.WriteBool(byteFallback);
            body.WriteTag(24, WireFormat.WireType.Varint);
            body.WriteBool(suffix);
        });
        Message(output, 3, body =>
        {
            body.WriteTag(3, WireFormat.WireType.Varint);
            body.WriteBool(prefix);
            body.WriteTag(4, WireFormat.WireType.Varint);
            body.WriteBool(extraSpaces);
            body.WriteTag(5, WireFormat.WireType.Varint);
            body.WriteBool(escape);
        });
        output.Flush();
        return stream.ToArray();
    }

    public static SentencePieceTextTokenizer Load(byte[]? bytes = null) =>
        TokenizerLoader.ReadSentencePiece(bytes ?? Bytes(), "tiny.model");

    public static int Id(string piece) => FirstPiece + Array.IndexOf(Pieces, piece);

    private static void Piece(CodedOutputStream output, string piece, float score, int kind) => Message(output, 1, body =>
    {
        body.WriteTag(1, WireFormat.WireType.LengthDelimited);
        body.WriteString(piece);
        body.WriteTag(2, WireFormat.WireType.Fixed32);
        body.WriteFloat(score);
        body.WriteTag(3, WireFormat.WireType.Varint);
        body.WriteEnum(kind);
    });

    private static void Message(CodedOutputStream output, int field, Action<CodedOutputStream> write)
    {
        using var stream = new MemoryStream();
        var body = new CodedOutputStream(stream);
        write(body);
        body.Flush();
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(ByteString.CopyFrom(stream.ToArray()));
    }
}
