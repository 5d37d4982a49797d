using System.Text.Json;

namespace Repro.Core.Text.Decoders;

/// <summary>What stands in for a missing decoder: tokens with a space between them.</summary>
internal sealed class SpaceJoinDecoder : DecoderSpec
{
    /// <inheritdoc/>
    public override DecoderStage Create(DecoderStage next, bool joined) => new Stage(next);

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer) => writer.WriteNullValue();

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
