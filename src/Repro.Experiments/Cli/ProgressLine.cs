using Repro.Experiments.Claims;

namespace Repro.Experiments.Cli;

/// <summary>One live line on standard error; silent when that is not a terminal.</summary>
/// <param name="error">Standard error.</param>
/// <param name="total">Number of claims.</param>
internal sealed class ProgressLine(TextWriter error, int total)
{
    private readonly bool _live = !Console.IsErrorRedirected && ReferenceEquals(error, Console.Error);

    internal void Show(int index, Claim claim)
    {
        if (_live)
        {
            error.Write(Invariant($"\r\u001b[2K[{index + 1}/{total}] {claim.Id}"));
        }
    }

    internal void Clear()
    {
        if (_live)
        {
            error.Write("\r\u001b[2K");
        }
    }
}
