using System.Text.Json;

namespace Repro.Core.Text.PreTokenizers;

/// <summary>The Split pre-tokenizer with a regular expression; matches and the text between them are pieces.</summary>
/// <remarks>The published patterns run as hand-written scanners, any other as <see cref="CodePointRegex"/>.</remarks>
internal sealed class SplitStep : PreTokenizerStep
{
    private readonly string _pattern;
    private readonly bool _removed;
    private readonly bool _invert;
    private readonly PieceScanner? _scanner;
    private readonly CodePointRegex? _regex;

    /// <summary>A splitter.</summary>
    /// <param name="pattern">Regular expression.</param>
    /// <param name="removed">Behaviour Removed: matches are dropped (with <paramref name="invert"/>: only matches are kept). Else Isolated.</param>
    /// <param name="invert">Swaps the part of matches and gaps; without effect for Isolated.</param>
    /// <exception cref="ReproException">The pattern is no regular expression.</exception>
    public SplitStep(string pattern, bool removed, bool invert)
    {
        _pattern = pattern;
        _removed = removed;
        _invert = invert;
        _scanner = removed ? null : PieceScanner.For(pattern);
        _regex = _scanner == null ? new CodePointRegex(pattern) : null;
    }

    /// <inheritdoc/>
    public override PieceScanner? Scanner => _scanner;

    /// <inheritdoc/>
    public override void Cut(string text, int start, int end, List<(int Start, int End)> pieces)
    {
        if (_scanner != null)
        {
            Scan(_scanner, text, start, end, pieces);
            return;
        }

        int position = start;
        foreach ((int matchStart, int matchEnd) in _regex!.Matches(text, start, end))
        {
            Add(position, matchStart, isMatch: false, pieces);
            Add(matchStart, matchEnd, isMatch: true, pieces);
            position = matchEnd;
        }

        Add(position, end, isMatch: false, pieces);
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("type", "Split");
        writer.WriteStartObject("pattern");
        writer.WriteString("Regex", _pattern);
        writer.WriteEndObject();
        writer.WriteString("behavior", _removed ? "Removed" : "Isolated");
        writer.WriteBoolean("invert", _invert);
        writer.WriteEndObject();
    }

    private void Add(int start, int end, bool isMatch, List<(int Start, int End)> pieces)
    {
        if (start < end && !(_removed && isMatch != _invert))
        {
            pieces.Add((start, end));
        }
    }
}
