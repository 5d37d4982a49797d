namespace Repro.Core.Text.Decoders;

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
