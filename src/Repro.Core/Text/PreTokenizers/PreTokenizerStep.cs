using System.Text.Json;
using Microsoft.ML.Tokenizers;

namespace Repro.Core.Text.PreTokenizers;

/// <summary>A pre-tokenizer of <c>tokenizer.json</c>: cuts pieces of a text into smaller ones.</summary>
internal abstract class PreTokenizerStep : PreTokenizer
{
    /// <summary>Cuts one piece; appends the resulting pieces in order (start and end in UTF-16 units of <paramref name="text"/>).</summary>
    public abstract void Cut(string text, int start, int end, List<(int Start, int End)> pieces);

    /// <summary>A scanner that gives the same pieces, where one exists.</summary>
    public virtual PieceScanner? Scanner => null;

    /// <summary>True where every text, and every stretch beside an added token, gets a space in front if it has none.</summary>
    public virtual bool AddsPrefixSpace => false;

    /// <summary>True where the pieces are then taken byte by byte in the byte alphabet.</summary>
    public virtual bool IsByteLevel => false;

    /// <summary>Writes the component as <c>tokenizer.json</c> has it.</summary>
    public abstract void Write(Utf8JsonWriter writer);

    /// <inheritdoc/>
    public override IEnumerable<(int Offset, int Length)> PreTokenize(string text)
    {
        var pieces = new List<(int Start, int End)>();
        Cut(text, 0, text.Length, pieces);
        return pieces.Select(piece => (piece.Start, piece.End - piece.Start));
    }

    /// <inheritdoc/>
    public override IEnumerable<(int Offset, int Length)> PreTokenize(ReadOnlySpan<char> text) => PreTokenize(text.ToString());

    /// <summary>Cuts by a scanner.</summary>
    protected static void Scan(PieceScanner scanner, string text, int start, int end, List<(int Start, int End)> pieces)
    {
        ReadOnlySpan<char> piece = text.AsSpan(start, end - start);
        for (int i = 0; i < piece.Length;)
        {
            int next = scanner.Next(piece, i);
            pieces.Add((start + i, start + next));
            i = next;
        }
    }
}
