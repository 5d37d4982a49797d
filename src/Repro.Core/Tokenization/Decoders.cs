using System.Globalization;
using System.Text;

namespace Repro.Core.Tokenization;

/// <summary>A decoder of <c>tokenizer.json</c>.</summary>
internal abstract class DecoderSpec
{
    /// <summary>Builds the step in front of <paramref name="next"/>.</summary>
    /// <param name="next">Takes its output.</param>
    /// <param name="joined">True where an earlier step has joined all tokens into one text.</param>
    public abstract DecoderStage Create(DecoderStage next, bool joined);

    /// <summary>True where the step joins all tokens into one text.</summary>
    public virtual bool Joins => false;
}

/// <summary>One step from tokens to text, working on a stream.</summary>
/// <param name="next">Takes what this step gives; null for the last.</param>
internal abstract class DecoderStage(DecoderStage? next)
{
    /// <summary>Takes a token.</summary>
    /// <param name="token">The token, or text from the step before.</param>
    /// <param name="id">Its id, or -1 where the step before has joined tokens.</param>
    public abstract void Push(string token, int id);

    /// <summary>Ends the stream.</summary>
    public virtual void Finish() => next?.Finish();

    /// <summary>Hands on to the next step.</summary>
    protected void Give(string token, int id) => next!.Push(token, id);
}

/// <summary>
/// A run of tokens such as <c>&lt;0xE2&gt;</c> becomes the text of its bytes, or one U+FFFD for every byte where the run as a whole is not
/// valid UTF-8 (spm-400-d0002 through tokenizer.json). The package's BPE joins such tokens as they are written.
/// </summary>
internal sealed class ByteFallbackDecoder : DecoderSpec
{
    /// <summary>The byte of a byte token, or -1.</summary>
    public static int ByteOf(string token) =>
        token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && token[5] == '>'
        && byte.TryParse(token.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, null, out byte value)
            ? value
            : -1;

    /// <inheritdoc/>
    public override DecoderStage Create(DecoderStage next, bool joined) => new Stage(next);

    private sealed class Stage(DecoderStage next) : DecoderStage(next)
    {
        private static readonly UTF8Encoding _strict = new(false, throwOnInvalidBytes: true);

        private readonly List<byte> _run = [];

        public override void Push(string token, int id)
        {
            int value = ByteOf(token);
            if (value >= 0)
            {
                _run.Add((byte)value);
                return;
            }

            GiveRun();
            Give(token, id);
        }

        public override void Finish()
        {
            GiveRun();
            base.Finish();
        }

        private void GiveRun()
        {
            if (_run.Count == 0)
            {
                return;
            }

            byte[] bytes = [.. _run];
            _run.Clear();
            try
            {
                Give(_strict.GetString(bytes), -1);
            }
            catch (DecoderFallbackException)
            {
                Give(new string('\uFFFD', bytes.Length), -1);
            }
        }
    }
}

/// <summary>
/// Tokens in the byte alphabet become bytes, all others their own UTF-8; the bytes of all tokens together are read as UTF-8 with one
/// U+FFFD for each maximal invalid part (gpt2-700-e0161). The package decodes a list at once, not a stream, and does not leave special
/// tokens out as the Rust library does.
/// </summary>
internal sealed class ByteLevelDecoder : DecoderSpec
{
    /// <inheritdoc/>
    public override bool Joins => true;

    /// <inheritdoc/>
    public override DecoderStage Create(DecoderStage next, bool joined) => new Stage(next);

    private sealed class Stage(DecoderStage next) : DecoderStage(next)
    {
        private readonly Decoder _utf8 = new UTF8Encoding(false).GetDecoder();

        public override void Push(string token, int id) => Read(ByteAlphabet.ToBytes(token) ?? Encoding.UTF8.GetBytes(token), flush: false);

        public override void Finish()
        {
            Read([], flush: true);
            base.Finish();
        }

        private void Read(byte[] bytes, bool flush)
        {
            var chars = new char[bytes.Length + 8];
            int count = _utf8.GetChars(bytes, chars, flush);
            if (count > 0)
            {
                Give(new string(chars, 0, count), -1);
            }
        }
    }
}

/// <summary>Joins all tokens into one text, so that the steps after it see the text as a whole.</summary>
internal sealed class FuseDecoder : DecoderSpec
{
    /// <inheritdoc/>
    public override bool Joins => true;

    /// <inheritdoc/>
    public override DecoderStage Create(DecoderStage next, bool joined) => next;
}

/// <summary>Replaces a string in every token.</summary>
/// <param name="pattern">The string to find, not empty.</param>
/// <param name="content">What takes its place.</param>
internal sealed class ReplaceDecoder(string pattern, string content) : DecoderSpec
{
    /// <inheritdoc/>
    public override DecoderStage Create(DecoderStage next, bool joined) => new Stage(next, pattern, content);

    private sealed class Stage(DecoderStage next, string pattern, string content) : DecoderStage(next)
    {
        public override void Push(string token, int id) => Give(token.Replace(pattern, content, StringComparison.Ordinal), id);
    }
}

/// <summary>Decoders one after the other.</summary>
/// <param name="steps">In order of application.</param>
internal sealed class SequenceDecoder(IReadOnlyList<DecoderSpec> steps) : DecoderSpec
{
    /// <inheritdoc/>
    public override bool Joins => steps.Any(step => step.Joins);

    /// <inheritdoc/>
    public override DecoderStage Create(DecoderStage next, bool joined)
    {
        DecoderStage stage = next;
        for (int i = steps.Count - 1; i >= 0; i--)
        {
            stage = steps[i].Create(stage, joined || steps.Take(i).Any(step => step.Joins));
        }

        return stage;
    }
}

/// <summary>What stands in for a missing decoder, as in the Rust library: tokens with a space between them. No vector lacks a
/// decoder.</summary>
internal sealed class SpaceJoinDecoder : DecoderSpec
{
    /// <inheritdoc/>
    public override DecoderStage Create(DecoderStage next, bool joined) => new Stage(next);

    private sealed class Stage(DecoderStage next) : DecoderStage(next)
    {
        private bool _any;

        public override void Push(string token, int id)
        {
            Give(_any ? " " + token : token, id);
            _any = true;
        }
    }
}

/// <summary>Takes a character off the ends of every token, or of the whole text after <see cref="FuseDecoder"/> (spm-400-e0007).</summary>
/// <param name="content">The character.</param>
/// <param name="start">How many at most at the start.</param>
/// <param name="stop">How many at most at the end.</param>
internal sealed class StripDecoder(char content, int start, int stop) : DecoderSpec
{
    /// <inheritdoc/>
    public override DecoderStage Create(DecoderStage next, bool joined) => new Stage(next, content, start, stop, joined);

    private sealed class Stage(DecoderStage next, char content, int start, int stop, bool joined) : DecoderStage(next)
    {
        private string _held = "";
        private int _gone;

        public override void Push(string token, int id)
        {
            if (!joined)
            {
                int drop = 0;
                Give(StripEnd(StripStart(token, start, ref drop)), id);
                return;
            }

            int dropped = 0;
            string text = _held + StripStart(token, start - _gone, ref dropped);
            _gone = dropped < token.Length ? start : _gone + dropped;

            // The last characters wait, since they may be the end of the text.
            int hold = 0;
            while (hold < stop && hold < text.Length && text[^(hold + 1)] == content)
            {
                hold++;
            }

            _held = text[(text.Length - hold)..];
            if (text.Length > hold)
            {
                Give(text[..^hold], -1);
            }
        }

        private string StripStart(string text, int most, ref int dropped)
        {
            while (dropped < most && dropped < text.Length && text[dropped] == content)
            {
                dropped++;
            }

            return text[dropped..];
        }

        private string StripEnd(string text)
        {
            int drop = 0;
            while (drop < stop && drop < text.Length && text[^(drop + 1)] == content)
            {
                drop++;
            }

            return text[..^drop];
        }
    }
}

/// <summary>Marks become spaces; those of the first token go, unless the tokenizer puts none in front.</summary>
/// <param name="replacement">The mark.</param>
/// <param name="keepsFirst">Whether those of the first token stay.</param>
internal sealed class MetaspaceDecoder(char replacement, bool keepsFirst) : DecoderSpec
{
    /// <inheritdoc/>
    public override DecoderStage Create(DecoderStage next, bool joined) => joined
        ? throw new ReproException("decoder: Metaspace after a step that joins all tokens is not supported.")
        : new Stage(next, replacement, keepsFirst);

    private sealed class Stage(DecoderStage next, char replacement, bool keepsFirst) : DecoderStage(next)
    {
        private bool _any = keepsFirst;

        public override void Push(string token, int id)
        {
            Give(_any ? token.Replace(replacement, ' ') : token.Replace(replacement.ToString(), "", StringComparison.Ordinal), id);
            _any = true;
        }
    }
}
