namespace Repro.Core.Tokenization;

/// <summary>
/// The Metaspace pre-tokenizer of Llama 2 and Mistral as transformers 4.40 and later save them: spaces become a mark, one goes in front,
/// and the text is cut before each mark if asked.
/// </summary>
/// <param name="replacement">The mark, U+2581.</param>
/// <param name="scheme">Where a mark is put in front.</param>
/// <param name="split">Whether the text is cut.</param>
internal sealed class MetaspaceStep(char replacement, PrefixScheme scheme, bool split) : PreTokenizerStep
{
    private readonly ReplaceNormalizer _replace = new(" ", replacement.ToString());

    /// <inheritdoc/>
    public override MetaspaceStep? Spaces => this;

    /// <summary>The text as it is cut and merged.</summary>
    /// <param name="text">A stretch between added tokens.</param>
    /// <param name="isFirst">Whether it stands at the start of the text.</param>
    public string Rewrite(string text, bool isFirst)
    {
        text = _replace.Apply(text);
        return NeedsPrefix(text, isFirst) ? replacement + text : text;
    }

    /// <summary>The same with alignment.</summary>
    public AlignedText Rewrite(AlignedText text, bool isFirst)
    {
        text = _replace.Apply(text);
        return NeedsPrefix(text.Text, isFirst) ? text.Prepend(replacement.ToString()) : text;
    }

    /// <inheritdoc/>
    public override void Cut(string text, int start, int end, List<(int Start, int End)> pieces)
    {
        int from = start;
        for (int i = start + 1; i < end && split; i++)
        {
            if (text[i] == replacement)
            {
                pieces.Add((from, i));
                from = i;
            }
        }

        if (from < end)
        {
            pieces.Add((from, end));
        }
    }

    private bool NeedsPrefix(string text, bool isFirst) =>
        text.Length > 0 && text[0] != replacement && (scheme == PrefixScheme.Always || (scheme == PrefixScheme.First && isFirst));
}

/// <summary>Where Metaspace puts a mark in front.</summary>
internal enum PrefixScheme
{
    /// <summary>Nowhere.</summary>
    Never,

    /// <summary>At the start of the text.</summary>
    First,

    /// <summary>At the start and after each added token.</summary>
    Always,
}
