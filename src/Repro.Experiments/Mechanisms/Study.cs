using Repro.Core.Evaluation.Statistics;
using Repro.Experiments.Claims;
using Repro.Experiments.Worlds;

namespace Repro.Experiments.Mechanisms;

/// <summary>
/// What the study says: the claims of its designs, judged by the same specs on seeds that no fixture uses, and findings beside the claims.
/// </summary>
/// <param name="Results">Claims of which there are whole seeds enough, with verdicts.</param>
/// <param name="Findings">Findings of ours that runs of the study give.</param>
/// <param name="NotRun">Designs whose runs are not there.</param>
/// <param name="ChangedRules">Versions of designs that were written after results of the study, with the verdicts before:
/// <c>study-E6 v2 (ADR-ONLINE-REF was Contradicted)</c>.</param>
/// <param name="FirstLooks">Experiments of which more seeds were run after the verdicts of the first had been read.</param>
/// <param name="Nulls">How often the rule decides where nothing is there.</param>
internal sealed record Study(
    IReadOnlyList<ClaimResult> Results, IReadOnlyList<StudyFinding> Findings, IReadOnlyList<string> NotRun,
    IReadOnlyList<string> ChangedRules, IReadOnlyList<FirstLook> FirstLooks, IReadOnlyList<NullRate> Nulls)
{
    /// <summary>Judges what is there.</summary>
    /// <param name="inputs">Inputs of the fixture tier.</param>
    public static Study Read(ExperimentInputs inputs)
    {
        var own = inputs with { Seeds = SeedSet.Study };
        List<ExperimentDesign> designs = Directory.Exists(own.DesignFolder)
            ? [.. Directory.EnumerateFiles(own.DesignFolder, "*.yaml").Order(StringComparer.Ordinal).Select(ExperimentDesign.Read)] : [];
        var specs = SpecRegistry.Load();
        var runner = new SpecRunner(own, specs);
        var known = inputs.Catalog.Claims.ToDictionary(claim => claim.Id, StringComparer.Ordinal);
        var results = designs.SelectMany(design => design.Claims).Distinct(StringComparer.Ordinal).Where(known.ContainsKey)
            .Select(id => runner.Run(known[id])).ToList();
        List<ClaimResult> judged = [.. results.Where(result => result.Evidence is { } evidence
            && !evidence.Findings.Any(finding => finding.Name == TrainingRuns.Missing))];
        List<StudyFinding> findings = [.. StudyFindings.Read(own)];
        return new Study(
            judged,
            findings,
            [.. designs.Where(design => !judged.Exists(result => design.Claims.Contains(result.Claim.Id))
                && !findings.Exists(finding => design.Id == SeedSet.Study.DesignOf(finding.Experiment))).Select(design => design.Id)],
            [.. from design in designs from version in design.History where version.Version > 1 select Changed(design, version)],
            [.. Looks(own, specs, designs, known)],
            [.. StudyNulls.Read(inputs, own)]);
    }

    // The same specs on the seeds that were there at the first look, each claim once.
    private static IEnumerable<FirstLook> Looks(
        ExperimentInputs own, SpecRegistry specs, IEnumerable<ExperimentDesign> designs, Dictionary<string, Claim> known)
    {
        foreach (var looks in designs.Where(design => design.Current.FirstLook > 0).GroupBy(design => design.Current.FirstLook))
        {
            var runner = new SpecRunner(own with { Seeds = own.Seeds with { Seeds = [.. own.Seeds.Seeds.Take(looks.Key)] } }, specs);
            var claims = looks.SelectMany(design => design.Claims).Distinct(StringComparer.Ordinal).Where(known.ContainsKey);
            yield return new FirstLook(
                looks.Key, [.. looks.Select(design => design.Id)],
                claims.ToDictionary(id => id, id => runner.Run(known[id]).Verdict, StringComparer.Ordinal));
        }
    }

    private static string Changed(ExperimentDesign design, DesignVersion version)
    {
        var before = string.Join(", ", version.VerdictsBefore.Select(claim => $"{claim.Key} was {claim.Value}"));
        return Invariant($"{design.Id} v{version.Version} ({(before.Length == 0 ? "no verdict changes" : before)})");
    }
}

/// <summary>What was known before more seeds were run.</summary>
/// <param name="Seeds">The seeds there were.</param>
/// <param name="Designs">The designs of which more were run.</param>
/// <param name="Verdicts">Verdicts on these seeds alone, by claim.</param>
internal sealed record FirstLook(int Seeds, IReadOnlyList<string> Designs, IReadOnlyDictionary<string, Verdict?> Verdicts);

/// <summary>A finding that decides no claim.</summary>
/// <param name="Experiment">Id of its experiment.</param>
/// <param name="Title">What was asked.</param>
/// <param name="Text">What came out.</param>
/// <param name="Comparisons">Comparisons over seeds.</param>
/// <param name="Map">Cells of a map of two assumptions: row, column, mean difference; empty for none.</param>
internal sealed record StudyFinding(
    string Experiment, string Title, string Text, IReadOnlyList<SeedResult> Comparisons, IReadOnlyList<MapCell> Map);

/// <summary>A place of a map.</summary>
/// <param name="Row">Its row.</param>
/// <param name="Column">Its column.</param>
/// <param name="Value">The value there.</param>
internal sealed record MapCell(string Row, string Column, double Value);

/// <summary>The findings of experiments E9 and E10.</summary>
internal static class StudyFindings
{
    private const double QualityMargin = 0.02;
    private const double WinMargin = 0.02;

    private static readonly KlFrontier Frontier = new();
    private static readonly DpoPhase Phase = new();

    /// <summary>Those whose runs are there.</summary>
    /// <param name="inputs">Inputs of the study.</param>
    public static IEnumerable<StudyFinding> Read(ExperimentInputs inputs)
    {
        if (TrainingRuns.Find(inputs.Seeds, inputs.Results, [Frontier]) is { } frontier)
        {
            yield return GoldAtEqualKl(frontier);
        }

        if (TrainingRuns.Find(inputs.Seeds, inputs.Results, [Phase]) is { } phase)
        {
            yield return WhereMasksPay(phase);
        }
    }

    private static StudyFinding GoldAtEqualKl(TrainingRuns runs)
    {
        const double B = KlFrontier.Coefficient;
        SeedComparison AtEqualKl(string name, FrontierArm first, FrontierArm second, PairedOutcome expected)
        {
            var (one, other) = SeedStatistics.Matched(
                runs.Start, runs.Of(seed => Frontier.Cell(first, seed)), runs.Of(seed => Frontier.Cell(second, seed)),
                KlFrontier.Checkpoints, "kl", "quality");
            return new SeedComparison($"true quality at equal KL, {name}", one, other, QualityMargin, expected);
        }

        SeedComparison[] comparisons =
        [
            AtEqualKl(Invariant($"b = {B / 4} against {B}"), new(B / 4), new(B), PairedOutcome.NoLargerDifference),
            AtEqualKl(Invariant($"b = {4 * B} against {B}"), new(4 * B), new(B), PairedOutcome.NoLargerDifference),
            AtEqualKl(Invariant($"sigmoid at b = {B} against the proxy as it is"), new(B, true), new(B), PairedOutcome.NoLargerDifference),
            AtEqualKl(Invariant($"sigmoid at b = {B / 4} against the proxy as it is at {B}"), new(B / 4, true), new(B),
                PairedOutcome.NoLargerDifference),
        ];
        var decisions = PairedDecision.Family([.. comparisons.Select(comparison => comparison.Decide())]);
        SeedResult[] results = [.. comparisons.Zip(decisions,
            (comparison, decision) => new SeedResult(comparison.Name, SeedRole.Deciding, decision, comparison.Claimed))];
        var free = results[0].AsClaimed && results[1].AsClaimed;
        var moved = results.Take(2).Any(one => one.Decision.Outcome is PairedOutcome.FirstLarger or PairedOutcome.SecondLarger);
        var retuned = decisions[3];
        return new StudyFinding(
            Frontier.Id,
            Frontier.Title,
            Invariant($"Over {runs.Seeds.Count} seeds, true quality at equal KL ")
                + (free ? "does not depend on the KL coefficient" : moved ? "depends on the KL coefficient"
                    : "is not shown to be free of the KL coefficient")
                + Invariant($" (margin {QualityMargin}); at the re-tuned coefficient the bounded reward is ")
                + (retuned.TInterval.Lower > -QualityMargin ? "as good or better" : "not shown to be as good")
                + $": {SeedEvidence.Describe(retuned)}.",
            results,
            []);
    }

    private static StudyFinding WhereMasksPay(TrainingRuns runs)
    {
        var name = Invariant($"step{DpoPhase.Steps}/quality");
        SeedComparison Gain(double share, double noise) => new(
            Invariant($"win rate, {share} misplaced, noise {noise}"),
            [.. SeedStatistics.WinRates(
                runs.Of(seed => Phase.Cell(DpoPhase.Adaptive(share, noise), seed)), name,
                runs.Of(seed => Phase.Cell(DpoPhase.Plain(share), seed)), name).Select(rate => rate - 0.5)],
            SeedStatistics.Constant(0, runs.Seeds.Count), WinMargin, PairedOutcome.FirstLarger);
        var places = DpoPhase.Noises.SelectMany(noise => DpoPhase.Shares.Select(share => (share, noise, Gain: Gain(share, noise))))
            .ToList();
        var decisions = places.Select(place => (place.share, place.noise, Decision: place.Gain.Decide())).ToList();
        var pays = decisions.Where(place => place.Decision.Outcome == PairedOutcome.FirstLarger)
            .Select(place => Invariant($"{place.share} at noise {place.noise}")).ToList();
        return new StudyFinding(
            Phase.Id,
            Phase.Title,
            Invariant($"Over {runs.Seeds.Count} seeds, without correction for {places.Count} places, adaptive DPO wins by at least 2 ")
                + $"points where this share is misplaced: {(pays.Count == 0 ? "nowhere" : string.Join(", ", pays))}.",
            [.. places.Zip(decisions, (place, decided) =>
                new SeedResult(place.Gain.Name, SeedRole.Swept, decided.Decision, place.Gain.Claimed))],
            [.. decisions.Select(place => new MapCell(
                Invariant($"noise {place.noise}"), Invariant($"{place.share}"), 100 * place.Decision.Estimate))]);
    }
}

/// <summary>Which way of calibration is used for which family.</summary>
internal static class StudyNulls
{
    private const int TabularWorlds = 400;
    private const int FewestForHalves = 16;

    /// <summary>Half against half of one arm where fixture and study have seeds enough, worlds for the tabular family, drawn
    /// differences for the others.</summary>
    /// <param name="fixture">Inputs of the fixture tier.</param>
    /// <param name="study">Inputs of the study.</param>
    public static IEnumerable<NullRate> Read(ExperimentInputs fixture, ExperimentInputs study)
    {
        List<string> drawn = ["segmentation", "judging", "regressions"];
        foreach (var (experiment, arm, cell, value) in Arms())
        {
            double[] values = [.. new[] { fixture, study }.SelectMany(inputs =>
                TrainingRuns.Find(inputs.Seeds, inputs.Results, [experiment]) is { } runs ? runs.Of(cell).Select(value) : [])];
            if (values.Length >= FewestForHalves)
            {
                yield return NullCalibration.SameArm(experiment.Id, arm, values);
            }
            else
            {
                drawn.Add(experiment.Id);
            }
        }

        yield return NullCalibration.Tabular(TabularWorlds);
        foreach (var (name, draw) in NullCalibration.Distributions)
        {
            yield return NullCalibration.Simulated(string.Join(", ", drawn), name, 8, draw);
        }
    }

    private static IEnumerable<(IExperiment Experiment, string Arm, Func<long, Cell> Cell, Func<CellResult, double> Value)> Arms()
    {
        var (offline, online, reference) = (new AdaptiveOffline(), new AdaptiveOnline(), new OnlineReference());
        var (process, rewards, grid, lora) = (new ProcessOutcome(), new RewardModels(), new PpoGrid(), new DoubleLora());
        yield return (offline, "quality of plain DPO after 20 steps", seed => offline.Cell(new OfflineArm(OfflineMethod.Dpo, 0.25), seed),
            run => run.Values["step20/quality"]);
        yield return (online, "quality of PPO after 8 iterations", seed => online.Cell(new OnlineArm(OnlineMethod.Ppo), seed),
            run => run.Values["step8/quality"]);
        yield return (reference, "quality of online DPO after 16 steps", seed => reference.Cell(new PairSourceArm(2, 0), seed),
            run => run.Values["step16/quality"]);
        yield return (process, "area under the curve of the ORM, dense",
            seed => process.Cell(new ProcessArm(false, false, ProcessOutcome.LabelledTexts, 0.1), seed), run => run.Values["auc/last"]);
        yield return (rewards, "accuracy of the preference model inside",
            seed => rewards.Cell(new RewardArm(false, BiasedLabels.None), seed),
            run => run.Values["accuracy/seen"]);
        yield return (grid, "log KL at weight 1", seed => grid.Cell(new GridArm(1), seed), run => Math.Log(run.Values["end/kl"]));
        yield return (lora, "loss of a second LoRA", seed => lora.Cell(new LoraArm(FirstTraining.MergedLora, SecondTraining.Lora), seed),
            run => run.Values[Invariant($"rate{DoubleLora.Rates[1]}/loss")]);
    }
}
