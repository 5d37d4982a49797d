using System.Text.Json;

namespace Repro.Core.Text.Decoders;

/// <summary>Takes a character off the ends of every token, or of the whole text behind <see cref="FuseDecoder"/>.</summary>
/// <param name="content">The character.</param>
/// <param name="start">How many at most at the start.</param>
/// <param name="stop">How many at most at the end.</param>
internal sealed class StripDecoder(char content, int start, int stop) : DecoderSpec
{
    /// <inheritdoc/>
    public override DecoderStage Create(DecoderStage next, bool joined) => new Stage(next, content, start, stop, joined);

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("type", "Strip");
        writer.WriteString("content", content.ToString());
        writer.WriteNumber("start", start);
        writer.WriteNumber("stop", stop);
        writer.WriteEndObject();
    }

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
