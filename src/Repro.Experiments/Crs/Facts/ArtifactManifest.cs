using System.Text.Json;
using System.Text.RegularExpressions;
using Repro.Core;
using Repro.Experiments.Artifacts;

namespace Repro.Experiments.Crs.Facts;

/// <summary>Which kind of facts each released file holds. The verb <c>extract</c> and the tests walk it.</summary>
internal static partial class ArtifactManifest
{
    private static readonly (Regex Path, Func<IArtifactSource, string, byte[]> Serialise)[] Kinds =
    [
        (Annotations(), Serialise<PairwiseFacts>),
        (Tables(), Serialise<TableFacts>),
        (Prompts(), Serialise<PromptFacts>),
        (Categories(), Serialise<PromptCategoryFacts>),
        (RewardModelErrors(), Serialise<RewardModelErrorFacts>),
        (Augmentation(), Serialise<AugmentationFacts>),
        (Votes(), Serialise<VoteFacts>),
        (MergedRankings(), Serialise<MergedRankingFacts>),
        (ModelKeys(), Serialise<ModelKeyFacts>),
        (StudyResponses(), Serialise<StudyResponseFacts>),
    ];

    /// <summary>Paths of the files under a release that have a known kind, in ordinal order.</summary>
    /// <param name="folder">Folder of the release.</param>
    public static IReadOnlyList<string> Files(string folder) =>
    [
        .. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(folder, f).Replace('\\', '/'))
            .Where(f => Kinds.Any(k => k.Path.IsMatch(f)))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>The stored form of the facts of a file.</summary>
    /// <param name="source">Where the file is.</param>
    /// <param name="path">Path relative to the release.</param>
    /// <exception cref="ReproException">The file is missing or malformed, or of no known kind.</exception>
    public static byte[] Extract(IArtifactSource source, string path)
    {
        var kind = Kinds.FirstOrDefault(k => k.Path.IsMatch(path));
        return kind.Serialise is null
            ? throw new ReproException($"{path}: not a released file of a known kind")
            : kind.Serialise(source, path);
    }

    private static byte[] Serialise<TFacts>(IArtifactSource source, string path)
        where TFacts : class, IFacts<TFacts>
    {
        var (facts, sha256) = source.Read<TFacts>(path);
        return [.. JsonSerializer.SerializeToUtf8Bytes(new FactsFile<TFacts>(path, sha256, facts), FactsJson.Options), (byte)'\n'];
    }

    [GeneratedRegex(@"^alpaca_eval/.*\.json$")]
    private static partial Regex Annotations();

    [GeneratedRegex(@"^(alpaca_eval|derived)/.*\.csv$")]
    private static partial Regex Tables();

    [GeneratedRegex(@"^data/eval_(final|hp_tuning|humaneval_\w+)\.json$(?<!prompt_category\.json)")]
    private static partial Regex Prompts();

    [GeneratedRegex(@"^data/eval_final_prompt_category\.json$")]
    private static partial Regex Categories();

    [GeneratedRegex(@"^evaluations/rm_eval_output/.*\.json$")]
    private static partial Regex RewardModelErrors();

    [GeneratedRegex(@"^rm_data_augment/rm_augmented\.csv$")]
    private static partial Regex Augmentation();

    [GeneratedRegex(@"^evaluations/argilla_data/original-user-study-ws-run-\d\.json$")]
    private static partial Regex Votes();

    [GeneratedRegex(@"^evaluations/argilla_data/final_user-study-ws-run-\d\.json$")]
    private static partial Regex MergedRankings();

    [GeneratedRegex(@"^evaluations/argilla_data/all_keys\.json$")]
    private static partial Regex ModelKeys();

    [GeneratedRegex(@"^evaluations/argilla_data/humaneval_\w+\.json$")]
    private static partial Regex StudyResponses();
}
