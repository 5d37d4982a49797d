using Repro.Core.Evaluation.Rankings;
using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;
using static Repro.Experiments.Crs.Facts.Comparisons;

namespace Repro.Experiments.Crs.Specs;

/// <summary>CRS section 7.3: what the prompt categories say about preference_rlhf.</summary>
internal sealed class Section73Categories : ISpecGroup
{
    private static readonly (string Category, string Value)[] Named = [("Fact-based", "fact_based"), ("Reasoning", "reasoning"),
        ("Open-ended", "open_ended")];

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new("CRS-S7.3-oasst-categories", OasstCategories),
        new("CRS-S7.3-abs-all-categories", AllCategories),
    ];

    private static Evidence OasstCategories(SpecContext context)
    {
        var cells = context.CellOfPrompt();
        var first = Subsets.Count(context.Judgements(AbsAgainstPreference), Model.Preference, cells);
        var second = Subsets.Count(context.Judgements(AbsAgainstPreferenceRun1), Model.Preference, cells);
        var evidence = context.Evidence();
        foreach (var (category, name) in Named)
        {
            var count = first.GetValueOrDefault(("oasst", category));
            var again = second.GetValueOrDefault(("oasst", category));
            evidence.Compare($"{name}_wins", context.Printed(name), count.Wins)
                .Value($"{name}_prompts", count.Total)
                .Value($"{name}_wins_in_the_second_run", again.Wins);
        }

        var pooled = Subsets.Pool(Named.Select(n => first.GetValueOrDefault(("oasst", n.Category))));
        var pooledAgain = Subsets.Pool(Named.Select(n => second.GetValueOrDefault(("oasst", n.Category))));
        evidence.Share("first run, three categories", pooled).Share("second run, three categories", pooledAgain);
        evidence.RequireMajority("preference_rlhf wins the majority of the three categories", pooled);

        if (2 * pooledAgain.Wins <= pooledAgain.Total)
        {
            evidence.Reserve("second run", Invariant($"the second run gives {pooledAgain.Wins} of {pooledAgain.Total}"));
        }

        return evidence.Explain(
            Invariant($"On fact-based, reasoning and open-ended oasst prompts preference_rlhf wins {ShareEvidence.Describe(pooled)}; ")
                + Invariant($"in the released second run of the same comparison it wins {pooledAgain.Wins} of {pooledAgain.Total}."));
    }

    private static Evidence AllCategories(SpecContext context)
    {
        var category = context.CellOfPrompt().ToDictionary(c => c.Key, c => c.Value.Category, StringComparer.Ordinal);
        var evidence = context.Evidence();
        var lines = new List<string>();
        foreach (var (file, model)
            in new[]
            {
                (AbsAgainstPreference, Model.Abs),
                (Crs025AgainstPreference, Model.Crs025),
                (Crs0625AgainstPreference, Model.Crs0625),
            })
        {
            var counts = Subsets.Count(context.Judgements(file), model, category);
            foreach (var name in CategoryNames)
            {
                var (wins, total) = counts.GetValueOrDefault(name);
                evidence.Value($"{model}/{name}", Invariant($"{wins}/{total}")).Share($"{model}, {name}", (wins, total));
                var majority = 2 * wins > total;
                if (model != Model.Crs0625)
                {
                    evidence.Require(
                        $"{Table16WinRates.RowOf(model)} wins the majority of {name} prompts", majority, Invariant($"{wins} of {total}"));
                }
                else if (!majority)
                {
                    // The thesis calls the model of weight 0.25 crs_rlhf; the tables include the other weight.
                    evidence.Reserve(
                        $"{Table16WinRates.RowOf(model)}, {name}",
                        Invariant($"{Table16WinRates.RowOf(model)} wins {wins} of {total} {name} prompts"));
                }
            }

            var byCategory = CategoryNames.Select(n => (Name: n, Count: counts.GetValueOrDefault(n)))
                .Select(category => Invariant($"{category.Name} {category.Count.Wins}/{category.Count.Total}"));
            lines.Add($"{Table16WinRates.RowOf(model)} {string.Join(", ", byCategory)}");
        }

        return evidence.Explain($"Wins over preference_rlhf by category, all datasets together: {string.Join("; ", lines)}.");
    }
}

/// <summary>CRS section 7.3: the human study orders the three RLHF models as GPT-4 does.</summary>
internal sealed class Section73HumanOrder : ISpecGroup
{
    // The models of each pair as the annotation files and as the human study name them.
    private static readonly (string File, string First, string Second, string HumanFirst, string HumanSecond)[] Pairs =
    [
        (AbsAgainstCrs025, Model.Abs, Model.Crs025, "abs", "crs"),
        (AbsAgainstPreference, Model.Abs, Model.Preference, "abs", "rank"),
        (Crs025AgainstPreference, Model.Crs025, Model.Preference, "crs", "rank"),
    ];

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => [new("CRS-S7.3-gpt4-human", Check)];

    private static Evidence Check(SpecContext context)
    {
        var points = HumanVotes.MeanOver(
            [
                .. HumanVotes.Groups.Select(g =>
                    Borda.NormalisedMean(context.Artifact<MergedRankingFacts>(HumanVotes.MergedOf(g)).Rankings)),
            ]);
        var groups = HumanVotes.Groups.Select(g => HumanVotes.Read(context, g)).ToList();
        var evidence = context.Evidence();
        foreach (var model in HumanVotes.Models)
        {
            evidence.Value($"human points, {HumanVotes.RowOf(model)}", points[model]);
        }

        var judged = new List<string>();
        foreach (var (file, first, second, humanFirst, humanSecond) in Pairs)
        {
            var name = $"{Table16WinRates.RowOf(first)} against {Table16WinRates.RowOf(second)}";
            var count = WinRates.Count(context.Judgements(file), first);
            var votes = HumanStudy.Pairwise(groups.SelectMany(g => g), humanFirst, humanSecond);
            evidence.Value($"GPT-4 wins, {name}", count.Wins)
                .Share($"GPT-4, {name}", count)
                .Value($"single votes, {name}", Invariant($"{votes.First}:{votes.Second}, {votes.Equal} equal"))
                .Share($"single votes, {name}", (votes.First, votes.First + votes.Second))
                .Require(
                    $"GPT-4 and human points agree on {name}",
                    (2 * count.Wins).CompareTo(count.Total) == points[humanFirst].CompareTo(points[humanSecond]),
                    Invariant($"{count.Wins} of {count.Total}; {points[humanFirst]:F3} and {points[humanSecond]:F3}"));
            judged.Add(Invariant($"{name} {count.Wins}:{count.Total - count.Wins}"));
        }

        var published = HumanVotes.Ranking(points);
        var same = HumanVotes.Orders.Count(order => HumanVotes.Ranking(HumanVotes.MeanPoints(groups, order)) == published);
        var single = HumanVotes.Ranking(HumanVotes.MeanOver([.. groups.Select(HumanStudy.PointsOfVotes)]));
        evidence.Value("human_order", published)
            .Value("tie_break_orders_with_this_human_order", same)
            .Value("human_order_of_single_votes", single)
            .Sample("orders that can break ties", HumanVotes.Orders.Count)
            .Sample("models", HumanVotes.Models.Count);
        if (same < HumanVotes.Orders.Count)
        {
            evidence.Reserve(
                "tie-breaking",
                Invariant(
                    $"the human order comes out under {same} of the {HumanVotes.Orders.Count} orders that can break ties between votes"));
        }

        if (single != published)
        {
            evidence.Reserve("single votes", $"points of single votes give {single}");
        }

        return evidence.Explain(
            Invariant($"GPT-4: {string.Join(", ", judged)}. Human points: ")
                + Invariant($"{published} ")
                + Invariant($"({string.Join(", ", HumanVotes.Models.Select(m => Invariant($"{HumanVotes.RowOf(m)} {points[m]:F3}")))}), ")
                + Invariant($"an order that {same} of the {HumanVotes.Orders.Count} ways to break ties between votes give; ")
                + Invariant($"points of single votes give {single}. Two random orders of {HumanVotes.Models.Count} models agree ")
                + "wholly in one case of six.");
    }
}
