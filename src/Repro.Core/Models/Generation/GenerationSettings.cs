namespace Repro.Core.Models.Generation;

/// <summary>How next tokens are chosen. The order is: repetition penalty, n-gram ban, least length, temperature, top-k, top-p, typical, epsilon.</summary>
public sealed record GenerationSettings
{
    /// <summary>Most new tokens in a row.</summary>
    public required int MaximumNewTokens { get; init; }

    /// <summary>Whether tokens are drawn; otherwise the best one is taken.</summary>
    public bool Sample { get; init; }

    /// <summary>Divides the logits; above 0.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Keeps the k best tokens and all that equal the k-th; null keeps all.</summary>
    public int? TopK { get; init; }

    /// <summary>Keeps the smallest set that reaches this probability; null keeps all.</summary>
    public double? TopP { get; init; }

    /// <summary>Keeps the tokens whose surprise is nearest to the entropy, up to this probability; null keeps all.</summary>
    public double? TypicalP { get; init; }

    /// <summary>Drops tokens below this probability; null keeps all.</summary>
    public double? EpsilonCutoff { get; init; }

    /// <summary>Tokens that top-p, typical and epsilon leave at least.</summary>
    public int MinimumKept { get; init; } = 1;

    /// <summary>Divides positive and multiplies negative logits of tokens that occur in the row; 1 does nothing.</summary>
    public double RepetitionPenalty { get; init; } = 1;

    /// <summary>Whether padding ids count as tokens that occur. Some peers do so; a row then depends on the batch it is in.</summary>
    public bool PenaltySeesPadding { get; init; }

    /// <summary>No n tokens in a row come twice; null allows it.</summary>
    public int? NoRepeatNgram { get; init; }

    /// <summary>Stop tokens are banned until the row, prompt included, has this length; null allows them.</summary>
    public int? MinimumLength { get; init; }

    /// <summary>Ids that end a row; they are part of it.</summary>
    public IReadOnlyList<int> StopTokens { get; init; } = [];

    /// <summary>What fills ended rows.</summary>
    public int PadToken { get; init; }

    /// <summary>Rows made from each prompt.</summary>
    public int SequencesPerPrompt { get; init; } = 1;

    /// <summary>Seeds of the rows, sequences of one prompt side by side; null derives them from <see cref="Seed"/> and the index of the row.</summary>
    public IReadOnlyList<long>? Seeds { get; init; }

    /// <summary>Where seeds are derived from if they are not given.</summary>
    public long Seed { get; init; }
}
