using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Repro.Core.Text.Decoders;

/// <summary>
/// A run of tokens such as <c>&lt;0xE2&gt;</c> becomes the text of its bytes, or one U+FFFD for every byte where the run as a whole is not
/// valid UTF-8.
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

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("type", "ByteFallback");
        writer.WriteEndObject();
    }

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
