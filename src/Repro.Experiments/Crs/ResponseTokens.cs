using System.Globalization;
using Repro.Experiments.Artifacts;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Crs;

/// <summary>Token lengths of responses, from the derived table of lengths.</summary>
internal static class ResponseTokens
{
    /// <summary>Tokens of the responses of one model in one comparison, in order of the prompts.</summary>
    /// <exception cref="InputException">There is none.</exception>
    internal static double[] Of(SpecContext context, string file, string model)
    {
        var table = context.Artifact<TableFacts>(ReleasedValues.ResponseLengths);
        var (fileAt, modelAt, tokensAt) = (table.IndexOf("file"), table.IndexOf("generator"), table.IndexOf("llama_tokens_with_bos"));
        double[] tokens = [.. table.Rows.Where(r => r[fileAt] == file && r[modelAt] == model).Select(r => double.Parse(r[tokensAt], CultureInfo.InvariantCulture))];
        return tokens.Length > 0 ? tokens : throw new InputException($"{ReleasedValues.ResponseLengths}: no responses of '{model}' in '{file}'");
    }
}
