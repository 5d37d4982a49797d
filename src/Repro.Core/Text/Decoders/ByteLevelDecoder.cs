using System.Text;
using System.Text.Json;
using Repro.Core.Text.Bpe;

namespace Repro.Core.Text.Decoders;

/// <summary>
/// Tokens in the byte alphabet become bytes, all others their own UTF-8; the bytes of all tokens together are read as UTF-8 with one
/// U+FFFD for each maximal invalid part.
/// </summary>
/// <param name="addPrefixSpace">Kept for writing.</param>
/// <param name="trimOffsets">Kept for writing.</param>
/// <param name="useRegex">Kept for writing.</param>
internal sealed class ByteLevelDecoder(bool addPrefixSpace = true, bool trimOffsets = true, bool useRegex = true) : DecoderSpec
{
    /// <inheritdoc/>
    public override bool Joins => true;

    /// <inheritdoc/>
    public override DecoderStage Create(DecoderStage next, bool joined) => new Stage(next);

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("type", "ByteLevel");
        writer.WriteBoolean("add_prefix_space", addPrefixSpace);
        writer.WriteBoolean("trim_offsets", trimOffsets);
        writer.WriteBoolean("use_regex", useRegex);
        writer.WriteEndObject();
    }

    private sealed class Stage(DecoderStage next) : DecoderStage(next)
    {
        private readonly Decoder _utf8 = new UTF8Encoding(false).GetDecoder();

        public override void Push(string token, int id) => Read(ToBytes(token), flush: false);

        public override void Finish()
        {
            Read([], flush: true);
            base.Finish();
        }

        private static byte[] ToBytes(string token)
        {
            var bytes = new byte[token.Length];
            for (int i = 0; i < token.Length; i++)
            {
                int value = ByteAlphabet.ToByte(token[i]);
                if (value < 0)
                {
                    return Encoding.UTF8.GetBytes(token);
                }

                bytes[i] = (byte)value;
            }

            return bytes;
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
