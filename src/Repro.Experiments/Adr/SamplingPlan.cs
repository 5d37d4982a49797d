namespace Repro.Experiments.Adr;

/// <summary>How responses are drawn: <c>configs/adr/sampling.yaml</c>.</summary>
public sealed record SamplingPlan
{
    /// <summary>Tokens of prompt and response together.</summary>
    public required int MaximumLength { get; init; }

    /// <summary>Smallest probability that the kept tokens reach.</summary>
    public required double TopP { get; init; }

    /// <summary>Tokens that are kept.</summary>
    public required int TopK { get; init; }

    /// <summary>Beams of the search; 1 for none.</summary>
    public required int Beams { get; init; }

    /// <summary>Divides the logits.</summary>
    public required double Temperature { get; init; }

    /// <summary>Responses drawn for each prompt.</summary>
    public required int ResponsesPerPrompt { get; init; }
}
